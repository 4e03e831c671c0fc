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
        var status = "ok";
        try
        {
            await ProbeAsync(url, cancellationToken);
        }
        catch (HttpRequestException)
        {
            status = "unreachable";
        }

        return new UpstreamReport(status, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    /// <summary>Asks for a URL, which has to be answered with a status from 200 to 299 in time; the body is never read.</summary>
    /// <exception cref="HttpRequestException">It is not, and the message says why.</exception>
    public static async Task ProbeAsync(string url, CancellationToken cancellationToken)
    {
        // The client would throw something else for each kind of URL that it cannot ask for.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new HttpRequestException($"\"{url}\" is not the URL of an HTTP service");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var response = await Client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new HttpRequestException($"status {(int)response.StatusCode}");
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {Limit.TotalSeconds} s", e);
        }
    }
}
