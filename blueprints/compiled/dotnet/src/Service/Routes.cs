using System.Text.Json.Serialization.Metadata;

namespace Service;

/// <summary>The whole HTTP interface of the service.</summary>
internal static class Routes
{
    private static readonly string[] Read = ["GET", "HEAD"];

    public static void MapRoutes(this WebApplication app, Config config)
    {
        app.UseExceptionHandler(errors => errors.Run(context =>
            context.Response.WriteJsonAsync(new Problem("internal error"), ServiceJson.Default.Problem)));
        app.UseStatusCodePages(pages =>
            pages.HttpContext.Response.WriteJsonAsync(ProblemOf(pages.HttpContext.Response), ServiceJson.Default.Problem));

        app.MapMethods("/", Read, context => context.Response.WriteJsonAsync(
            new Identity(config.Name, "dotnet", config.Version), ServiceJson.Default.Identity));
        app.MapMethods("/healthz", Read, context => context.Response.WriteJsonAsync(
            new Health("ok"), ServiceJson.Default.Health));
        app.MapMethods("/upstreams", Read, async context => await context.Response.WriteJsonAsync(
            await Prober.AskAsync(config.Upstreams, context.RequestAborted), ServiceJson.Default.UpstreamReports));
    }

    private static Task WriteJsonAsync<T>(this HttpResponse response, T body, JsonTypeInfo<T> type) =>
        response.WriteAsJsonAsync(body, type, "application/json");

    /// <summary>Routing answers with a bare status where there is no route, or no such method for it.</summary>
    private static Problem ProblemOf(HttpResponse response) => response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new Problem("not found"),
        StatusCodes.Status405MethodNotAllowed => new Problem("method not allowed"),
        _ => new Problem("bad request"),
    };
}
