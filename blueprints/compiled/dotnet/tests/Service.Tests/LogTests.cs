using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Service.Tests;

public class LogTests
{
    [Fact]
    public async Task EveryRequestIsOneLineOfJson()
    {
        using var log = new RecordingLog();
        await using var service = await RunningService.StartAsync(log: log);

        using var _ = await service.Client.GetAsync("/nowhere?q=1", TestContext.Current.CancellationToken);
        await service.StopAsync();

        var line = log.Lines.Single(line => line.TryGetProperty("path", out var _));
        Assert.Equal("info", line.GetProperty("level").GetString());
        Assert.Equal("GET", line.GetProperty("method").GetString());
        Assert.Equal("/nowhere", line.GetProperty("path").GetString());
        Assert.Equal(404, line.GetProperty("status").GetInt32());
        Assert.InRange(line.GetProperty("ms").GetInt64(), 0, 10_000);
        Assert.NotEmpty(line.GetProperty("msg").GetString()!);
        Assert.True(line.GetProperty("time").TryGetDateTimeOffset(out var _));
    }

    [Fact]
    public async Task ABugIsInTheLog()
    {
        using var log = new RecordingLog();
        await using var service = await RunningService.StartAsync(
            log: log,
            addRoutes: app => app.MapGet("/bug", _ => throw new InvalidOperationException("secret")));

        using var _ = await service.Client.GetAsync("/bug", TestContext.Current.CancellationToken);
        await service.StopAsync();

        var line = log.Lines.Single(line => line.GetProperty("level").GetString() == "error");
        Assert.Contains("secret", line.GetProperty("error").GetString());
    }

    [Fact]
    public async Task AnAnswerThatIsBrokenOffIsInTheLog()
    {
        using var log = new RecordingLog();
        await using var service = await RunningService.StartAsync(
            log: log,
            addRoutes: app => app.MapGet("/half", async context =>
            {
                await context.Response.WriteAsync("half of ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                throw new InvalidOperationException("secret");
            }));

        await Assert.ThrowsAnyAsync<HttpRequestException>(
            () => service.Client.GetStringAsync("/half", TestContext.Current.CancellationToken));
        await service.StopAsync();

        Assert.Single(log.Lines, line => line.TryGetProperty("path", out var path) && path.GetString() == "/half");
    }

    [Theory]
    [InlineData(LogLevel.Trace, "debug")]
    [InlineData(LogLevel.Debug, "debug")]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warn")]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Critical, "error")]
    public void ALevelIsOneOfFour(LogLevel level, string written)
    {
        using var log = new RecordingLog();

        log.Log(level, "text");

        Assert.Equal(written, log.Lines.Single().GetProperty("level").GetString());
    }

    /// <summary>Keeps what the service would write to stdout.</summary>
    private sealed class RecordingLog : ILoggerProvider, ILogger
    {
        private readonly JsonLineFormatter _formatter = new();
        private readonly StringWriter _written = new();

        /// <summary>Fails unless each line is a JSON document.</summary>
        public IEnumerable<JsonElement> Lines
        {
            get
            {
                lock (_written)
                {
                    return [.. _written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (_written)
            {
                _formatter.Write(
                    new LogEntry<TState>(logLevel, "test", eventId, state, exception, formatter), null, _written);
            }
        }

        public void Dispose() => _written.Dispose();

        private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;
    }
}
