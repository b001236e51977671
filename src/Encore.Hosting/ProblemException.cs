using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Encore.Hosting;

/// <summary>A request that is answered with a problem (RFC 9457).</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="problem">What was found and what is expected.</param>
/// <param name="path">The member or parameter that is wrong, such as <c>requests[3].history[0]</c>; null: none in
/// particular.</param>
public sealed class ProblemException(int status, string problem, string? path = null) : Exception(path is null ? problem : $"{path}: {problem}")
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The member or parameter that is wrong; null: none in particular.</summary>
    public string? Path { get; } = path;

    /// <summary>Whether the operator should see it in the log, whatever the status.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>A header that belongs to the answer.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>The same problem of a part of a body.</summary>
    /// <param name="place">Where the part stands, such as <c>requests[3]</c>.</param>
    public ProblemException Within(string place) => new(Status, problem, Path is null ? place : $"{place}.{Path}") { Header = Header, IsRefusal = IsRefusal };

    /// <summary>What a caller did wrong; null where something went wrong here.</summary>
    public static ProblemException? Of(Exception error) => error switch
    {
        ProblemException problem => problem,
        ArgumentException { ParamName: { } name } => new(400, error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)),
        ArgumentException or FormatException => new(400, error.Message),
        NotSupportedException => new(422, error.Message),
        BadHttpRequestException { StatusCode: 408 } => new(408, "The body came too slowly."),
        BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
        OperationCanceledException => new(504, "The request took longer than the server allows."),
        _ => null,
    };

    /// <summary>The beginning of a text that may be as long as a body.</summary>
    public static string Excerpt(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const int Shown = 60;
        return text.Length <= Shown ? text : text[..(char.IsHighSurrogate(text[Shown - 1]) ? Shown - 1 : Shown)] + "…";
    }

    /// <summary>Answers a request with this problem.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Header is { } header)
        {
            context.Response.Headers[header.Name] = header.Value;
        }

        (context.Response.Headers.CacheControl, context.Response.Headers.Pragma, context.Response.Headers.Expires) = ("no-cache,no-store", "no-cache", "-1");
        return WriteAsync(context, Status, Message, Path);
    }

    /// <summary>Answers with a problem, whatever the caller accepts: one that takes only HTML must not get a 500
    /// instead.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="detail">What was found and what is expected; null: nothing is said.</param>
    /// <param name="path">The member or parameter that is wrong; null: none in particular.</param>
    public static Task WriteAsync(HttpContext context, int status, string? detail, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var problem = new ProblemDetails { Status = status, Detail = detail };
        if (path is not null)
        {
            problem.Extensions["path"] = path;
        }

        problem.Extensions["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier; // leads to the line of a log
        context.Response.StatusCode = status;
        return TypedResults.Problem(problem).ExecuteAsync(context);
    }
}

/// <summary>Turns exceptions into problems: what a caller did wrong is said, what went wrong here is not shown.</summary>
internal sealed class ProblemHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception error, CancellationToken cancellationToken)
    {
        await (ProblemException.Of(error) is { } problem ? problem.AnswerAsync(context) : ProblemException.WriteAsync(context, 500, null)).ConfigureAwait(false);
        return true;
    }
}
