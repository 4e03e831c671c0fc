using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Service.Tests;

public class RoutesTests
{
    [Theory]
    [InlineData("GET", "/", 200, """{"service":"orders","language":"dotnet","version":"1.2.3"}""")]
    [InlineData("GET", "/healthz", 200, """{"status":"ok"}""")]
    [InlineData("HEAD", "/healthz", 200, "")]
    [InlineData("GET", "/upstreams", 200, "{}")]
    [InlineData("GET", "/nowhere", 404, """{"error":"not found"}""")]
    [InlineData("GET", "/healthz/deeper", 404, """{"error":"not found"}""")]
    [InlineData("GET", "/%zz", 404, """{"error":"not found"}""")]
    [InlineData("POST", "/", 405, """{"error":"method not allowed"}""")]
    [InlineData("DELETE", "/upstreams", 405, """{"error":"method not allowed"}""")]
    public async Task EveryAnswerIsJson(string method, string path, int status, string body)
    {
        await using var service = await RunningService.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(body, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(status == 405 ? "GET, HEAD" : "", string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public async Task ABugGivesNothingAway()
    {
        await using var service = await RunningService.StartAsync(
            addRoutes: app => app.MapGet("/bug", _ => throw new InvalidOperationException("secret")));

        using var response = await service.Client.GetAsync("/bug", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            """{"error":"internal error"}""",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
