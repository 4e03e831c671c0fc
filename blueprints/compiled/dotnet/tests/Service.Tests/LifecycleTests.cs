using System.Net;

namespace Service.Tests;

public class LifecycleTests
{
    [Fact]
    public async Task FinishesWhatItBegan()
    {
        var released = new TaskCompletionSource();
        using var slow = new FakeUpstream(FakeUpstream.Ok, released.Task);
        await using var service = await RunningService.StartAsync([new Upstream("slow", slow.Url)]);
        var answer = service.Client.GetAsync("/upstreams", TestContext.Current.CancellationToken);
        await slow.Asked;

        var stopped = service.StopAsync();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        released.SetResult();

        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("ok", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(
            () => service.Client.GetAsync("/healthz", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TheHealthCheckAsksTheService()
    {
        await using var service = await RunningService.StartAsync();

        await HealthCheck.RunAsync(service.Port);
        await service.StopAsync();

        var mistake = await Assert.ThrowsAsync<StartException>(() => HealthCheck.RunAsync(service.Port));
        Assert.StartsWith("unhealthy: Connection refused", mistake.Message);
    }

    [Fact]
    public async Task ATypoStartsNothing() => Assert.Equal(1, await Program.Main(["healthchek"]));
}
