namespace Service;

/// <summary>Asks the service that runs in this container, so that the image needs no shell or curl.</summary>
internal static class HealthCheck
{
    /// <exception cref="StartException">The service does not answer.</exception>
    public static async Task RunAsync(int port)
    {
        if (!await Prober.AnswersAsync($"http://127.0.0.1:{port}/healthz", CancellationToken.None))
        {
            throw new StartException("unhealthy");
        }
    }
}
