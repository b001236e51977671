using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;

namespace Encore.Hosting;

/// <summary>Logs what went wrong with a request: failures with their exception, refusals with their reason. Queries,
/// headers and bodies are never logged: they may hold keys and people's histories.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception error) when (Logged(context, start, 500, error)) // the answer has begun; the web server ends the connection
        {
            throw;
        }

        if (context.Response.StatusCode >= 400)
        {
            Logged(context, start, context.Response.StatusCode, context.Features.Get<IExceptionHandlerFeature>()?.Error);
        }
    }

    private bool Logged(HttpContext context, long start, int status, Exception? error)
    {
        var request = context.Request;
        var level = LevelOf(status, error);
        if (log.IsEnabled(level))
        {
            string path = (request.PathBase + request.Path).ToUriComponent(); // encoded: no line breaks
            string client = context.Connection.RemoteIpAddress?.ToString() ?? "";
            string trace = Activity.Current?.Id ?? context.TraceIdentifier;
            double elapsed = Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1);
            bool isKnown = error is ProblemException or BadHttpRequestException;
            Answered(level, request.Method, path, status, error is null ? "" : isKnown ? error.Message : error.GetType().Name, client, elapsed, trace, status == 500 ? error : null);
        }

        return true;
    }

    // 503 and 504 are what an overloaded or stopping server is made to say; 500 is a fault.
    private static LogLevel LevelOf(int status, Exception? error) => status switch
    {
        503 or 504 => LogLevel.Warning,
        >= 500 => LogLevel.Error,
        401 or 403 or 429 => LogLevel.Warning,
        _ when error is ProblemException { IsRefusal: true } => LogLevel.Warning,
        _ => LogLevel.Debug,
    };

    [LoggerMessage(EventId = 1, EventName = "RequestFailed", Message = "{Method} {Path} answered {Status}: {Reason} (client {Client}, {ElapsedMilliseconds} ms, trace {TraceId})")]
    private partial void Answered(LogLevel level, string method, string path, int status, string reason, string client, double elapsedMilliseconds, string traceId, Exception? error);
}
