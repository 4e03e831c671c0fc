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
        catch (Exception e) when (e is StartException or IOException or HttpRequestException)
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
                await using (var app = App.Build(config))
                {
                    await app.RunAsync();
                }

                break;
            case ["healthcheck"]:
                await HealthCheck.RunAsync(config.Port);
                break;
            default:
                throw new StartException($"unknown arguments {string.Join(' ', args)}: the only one is healthcheck");
        }
    }
}
