using System.Diagnostics;

namespace Service.Tests;

public class UpstreamsTests
{
    [Fact]
    public async Task EachIsReportedForItself()
    {
        using var live = new FakeUpstream(FakeUpstream.Ok);
        using var endless = new FakeUpstream("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nand so on");
        using var failing = new FakeUpstream("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        using var moved = new FakeUpstream($"HTTP/1.1 302 Found\r\nLocation: {live.Url}\r\nContent-Length: 0\r\n\r\n");
        using var nonsense = new FakeUpstream("what?\r\n");
        using var slow = new FakeUpstream(null);
        using var slower = new FakeUpstream(null);
        using var trickling = new FakeUpstream("HTTP/1.1 200 O");
        var dead = new FakeUpstream(null);
        dead.Dispose();
        var upstreams = new Dictionary<string, string>
        {
            ["live"] = live.Url,
            ["endless"] = endless.Url,
            ["failing"] = failing.Url,
            ["moved"] = moved.Url,
            ["nonsense"] = nonsense.Url,
            ["slow"] = slow.Url,
            ["slower"] = slower.Url,
            ["trickling"] = trickling.Url,
            ["dead"] = dead.Url,
            ["empty"] = "",
            ["no url"] = "example",
            ["no http"] = "ftp://127.0.0.1/",
            ["no port"] = "http://127.0.0.1:99999/",
        };

        var began = Stopwatch.GetTimestamp();
        var reports = await Prober.AskAsync(
            upstreams.Select(upstream => new Upstream(upstream.Key, upstream.Value)),
            TestContext.Current.CancellationToken);
        var took = Stopwatch.GetElapsedTime(began);

        Assert.Equal(
            upstreams.Keys.ToDictionary(name => name, name => name is "live" or "endless" ? "ok" : "unreachable"),
            reports.ToDictionary(report => report.Key, report => report.Value.Status));
        Assert.InRange(took, Prober.Limit - TimeSpan.FromMilliseconds(50), Prober.Limit + TimeSpan.FromSeconds(1));
        Assert.InRange(reports["slow"].Ms, 1950, 3000);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "status 503")]
    [InlineData(null, "no answer within 2 s")]
    public async Task AProbeSaysWhatIsWrong(string? answer, string reason)
    {
        using var upstream = new FakeUpstream(answer);

        var mistake = await Assert.ThrowsAsync<HttpRequestException>(
            () => Prober.ProbeAsync(upstream.Url, TestContext.Current.CancellationToken));

        Assert.Equal(reason, mistake.Message);
    }

    [Fact]
    public async Task TheRouteReportsThem()
    {
        using var live = new FakeUpstream(FakeUpstream.Ok);
        await using var service = await RunningService.StartAsync([new Upstream("live", live.Url)]);

        var body = await service.Client.GetStringAsync("/upstreams", TestContext.Current.CancellationToken);

        Assert.Matches("""^\{"live":\{"status":"ok","ms":\d+\}\}$""", body);
    }
}
