using System.Diagnostics;

namespace Service;

internal static class RequestLog
{
    /// <summary>Logs every request once it is answered.</summary>
    public static void UseRequestLog(this WebApplication app) => app.Use(async (context, next) =>
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            // Whatever breaks off an answer that has begun comes through here as an exception.
            app.Logger.LogInformation(
                "{method} {path} answered {status} in {ms} ms",
                context.Request.Method,
                context.Request.Path.Value,
                context.Response.StatusCode,
                (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    });
}
