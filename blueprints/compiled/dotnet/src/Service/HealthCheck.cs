namespace Service;

/// <summary>Asks the service that runs in this container, so that the image needs no shell or curl.</summary>
internal static class HealthCheck
{
    /// <exception cref="StartException">The service does not answer, and the message says why.</exception>
    public static async Task RunAsync(int port)
    {
        try
        {
            await Prober.ProbeAsync($"http://127.0.0.1:{port}/healthz", CancellationToken.None);
        }
        catch (HttpRequestException e)
        {
            throw new StartException($"unhealthy: {e.Message}");
        }
    }
}
