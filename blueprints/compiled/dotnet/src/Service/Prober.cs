using System.Diagnostics;

namespace Service;

/// <summary>Asks services whether they answer.</summary>
internal static class Prober
{
    /// <summary>How long an answer may take in all.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Reports what a service itself says, so it follows no redirects and asks no proxy, and whether the service can be
    /// reached now, so each question gets a connection of its own.
    /// </summary>
    private static readonly HttpClient Client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.Zero,
        })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Asks all of them at once, so that it takes as long as the slowest one and no longer than Limit.</summary>
    public static async Task<Dictionary<string, UpstreamReport>> AskAsync(
        IEnumerable<Upstream> upstreams,
        CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(upstreams.Select(async upstream =>
            (upstream.Name, Report: await AskAsync(upstream.Url, cancellationToken))));
        var reports = new Dictionary<string, UpstreamReport>();
        foreach (var (name, report) in answers)
        {
            reports[name] = report;
        }

        return reports;
    }

    private static async Task<UpstreamReport> AskAsync(string url, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var answers = await AnswersAsync(url, cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        return new UpstreamReport(answers ? "ok" : "unreachable", (long)took.TotalMilliseconds);
    }

    /// <summary>Whether a GET of the URL is answered with a status from 200 to 299 in time; the body is never read.</summary>
    public static async Task<bool> AnswersAsync(string url, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var response = await Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception)
        {
            // Refused, too slow, no such host, no HTTP, no URL: they have in common that there was no answer.
            return false;
        }
    }
}
