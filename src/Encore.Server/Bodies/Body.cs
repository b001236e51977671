using System.Reflection;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Encore.Server.Bodies;

/// <summary>A type that bodies are read into.</summary>
internal interface IBody<T>
    where T : class, IBody<T>, new()
{
    /// <summary>What a body may say.</summary>
    static abstract Members<T> Members { get; }
}

/// <summary>The body of a request, as a parameter of an endpoint.</summary>
internal sealed record Body<T>(T Value) : IBindableFromHttpContext<Body<T>>, IEndpointParameterMetadataProvider
    where T : class, IBody<T>, new()
{
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    /// <exception cref="ProblemException">400: the body is not what is expected; the message says where. 415: it is no
    /// JSON.</exception>
    public static async ValueTask<Body<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        CheckType(context.Request);
        using var bytes = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 1 << 16));
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        var limits = context.RequestServices.GetRequiredService<EncoreOptions>();
        return new Body<T>(Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), limits));
    }

    /// <summary>Reads a body.</summary>
    public static T Read(ReadOnlyMemory<byte> json, EncoreOptions limits)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        json = json.Span.StartsWith(mark) ? json[mark.Length..] : json;
        if (json.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw new ProblemException(400, $"The body: found nothing, expected a JSON object with members of {string.Join(", ", T.Members)}.");
        }

        if (!Utf8.IsValid(json.Span))
        {
            throw new ProblemException(400, "The body: found bytes that are no UTF-8, expected JSON in UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return T.Members.Read(new BodyValue(document.RootElement, Place.Body, limits));
        }
        catch (JsonException error)
        {
            throw new ProblemException(400, FormattableString.Invariant(
                $"The body is not JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: {Plain(error.Message)}"));
        }
    }

    private static void CheckType(HttpRequest request)
    {
        bool isRead = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && request.HasJsonContentType()
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Value is { } charset
                && (charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)));
        if (!isRead)
        {
            throw new ProblemException(415, $"Found {(request.ContentType is { Length: > 0 } found ? $"Content-Type {ProblemException.Excerpt(found)}" : "no Content-Type")}, expected application/json in UTF-8.");
        }
    }

    // The reader's message ends with where, which the problem says in words.
    private static string Plain(string message) => message.IndexOf(" LineNumber:", StringComparison.Ordinal) is > 0 and var at ? message[..at] : message;
}
