using System.Runtime.InteropServices;

namespace Service;

/// <summary>
/// A small HTTP service that knows its name, its health and its neighbours. Everything is configured by the
/// environment: PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        try
        {
            await RunAsync(args, Config.FromEnvironment(Environment.GetEnvironmentVariable));
            return 0;
        }
        catch (Exception e) when (e is StartException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    internal static async Task RunAsync(string[] args, Config config)
    {
        switch (args)
        {
            case []:
                await ServeAsync(config);
                break;
            case ["healthcheck"]:
                await HealthCheck.RunAsync(config.Port);
                break;
            default:
                throw new StartException($"unknown arguments {string.Join(' ', args)}: the only one is healthcheck");
        }
    }

    private static async Task ServeAsync(Config config)
    {
        // The host listens to signals once it has started. PID 1 would never hear of one that comes before.
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        await using var app = App.Build(config);
        try
        {
            await app.StartAsync(stop.Token);
            await app.WaitForShutdownAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop before it had started.
        }
    }
}
