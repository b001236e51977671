using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Encore.Server;

/// <summary>A request that is answered with a problem (RFC 9457).</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="detail">What was found and what is expected.</param>
internal sealed class ProblemException(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    /// <summary>Whether the operator should see it in the log, whatever the status.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>A header that belongs to the answer.</summary>
    public (string Name, string Value)? Header { get; init; }
}

/// <summary>Turns exceptions into problems: what a caller did wrong is said, what went wrong here is not shown.</summary>
internal sealed class ProblemHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception error, CancellationToken cancellationToken)
    {
        var (status, detail) = error switch
        {
            ProblemException problem => (problem.Status, problem.Message),
            BadHttpRequestException bad => (bad.StatusCode, Readable(bad)),
            ArgumentException or FormatException => (400, error.Message),
            NotSupportedException => (422, error.Message),
            OperationCanceledException => (504, "The request took longer than the server allows."),
            _ => (500, (string?)null),
        };
        context.Response.StatusCode = status;
        if (error is ProblemException { Header: { } header })
        {
            context.Response.Headers[header.Name] = header.Value;
        }

        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails { Status = status, Detail = detail },
        }).ConfigureAwait(false);
    }

    // The JSON reader's message says where; the binder's only that something is wrong.
    private static string Readable(BadHttpRequestException error) =>
        error.InnerException is System.Text.Json.JsonException json ? $"The body cannot be read: {json.Message}" : error.Message;
}
