using Microsoft.Extensions.Logging.Console;

namespace Service;

/// <summary>The web application: the server, its log, and how it stops.</summary>
internal static class App
{
    /// <summary>How long requests that have begun may take once the service is told to stop.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(4);

    /// <param name="config">What the environment configures.</param>
    /// <param name="logging">More listeners for the log: only tests have some.</param>
    public static WebApplication Build(Config config, Action<ILoggingBuilder>? logging = null)
    {
        // Empty, so that Config alone configures it: no appsettings.json to watch for, no ASPNETCORE_ variables.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());

        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls($"http://0.0.0.0:{config.Port}");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownLimit);

        builder.Logging.AddConsole(console => console.FormatterName = JsonLineFormatter.FormatterName);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton<ConsoleFormatter, JsonLineFormatter>();
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        logging?.Invoke(builder.Logging);

        var app = builder.Build();
        app.Lifetime.ApplicationStopping.Register(() => app.Logger.LogInformation("stopping"));
        app.UseRequestLog();
        app.MapRoutes(config);
        return app;
    }
}
