using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Service.Tests;

/// <summary>The service itself, on a port of its own, asked by real HTTP.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningService(WebApplication app)
    {
        _app = app;
        Port = new Uri(app.Urls.Single()).Port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
    }

    public int Port { get; }

    public HttpClient Client { get; }

    public static async Task<RunningService> StartAsync(
        IReadOnlyList<Upstream>? upstreams = null,
        ILoggerProvider? log = null,
        Action<WebApplication>? addRoutes = null)
    {
        var config = new Config(0, "orders", "1.2.3", upstreams ?? []);
        var app = App.Build(config, logging =>
        {
            logging.ClearProviders();
            if (log is not null)
            {
                logging.AddProvider(log);
            }
        });
        addRoutes?.Invoke(app);
        await app.StartAsync();
        return new RunningService(app);
    }

    public Task StopAsync() => ((IHost)_app).StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
