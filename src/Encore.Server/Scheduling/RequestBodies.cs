using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Encore.Server.Scheduling;

/// <summary>
/// Takes in a request's whole body before the request may hold anything that others wait for: a body that trickles in costs
/// its sender a connection and its declared size, and nobody else anything. All of it has to arrive within the time
/// that a request may take.
/// </summary>
internal sealed class RequestBodies(EncoreOptions options, ServerMetrics metrics)
{
    // Bytes of bodies on their way, of all clients.
    private const long Capacity = 64 << 20;

    private readonly FairShare _arriving = new(Math.Max(Capacity, 8 * options.MaximumBodyBytes));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.MaximumBodyBytes; // the web server refuses a body by its header
        }

        using var body = new MemoryStream();
        await ReadAsync(context, body).ConfigureAwait(false);
        var before = context.Request.Body;
        body.Position = 0;
        context.Request.Body = body;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Request.Body = before;
        }
    }

    private async Task ReadAsync(HttpContext context, MemoryStream body)
    {
        string client = Client.Of(context).Name;
        double bytes = Math.Min(context.Request.ContentLength ?? options.MaximumBodyBytes, options.MaximumBodyBytes);
        if (!_arriving.TryTake(client, bytes))
        {
            metrics.Rejected("bodies");
            throw new ProblemException(503, "Too many bodies are on their way. Send whole bodies, and try again in a second.") { Header = ("Retry-After", "1") };
        }

        var reader = context.Request.BodyReader;
        using var late = new CancellationTokenSource(options.Timeout);
        using var registration = late.Token.Register(reader.CancelPendingRead);
        try
        {
            bool isWhole = false;
            while (!isWhole)
            {
                var read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                foreach (var part in read.Buffer)
                {
                    body.Write(part.Span);
                }

                reader.AdvanceTo(read.Buffer.End);
                if (body.Length > options.MaximumBodyBytes)
                {
                    throw new ProblemException(413, string.Create(CultureInfo.InvariantCulture, $"Found a body of more than {options.MaximumBodyBytes} bytes, expected at most that many."));
                }

                isWhole = read.IsCompleted;
                if (read.IsCanceled && !isWhole)
                {
                    throw TooSlow(context, body.Length);
                }
            }
        }
        finally
        {
            _arriving.Release(client, bytes);
        }
    }

    private ProblemException TooSlow(HttpContext context, long found)
    {
        metrics.Rejected("slow-body");
        return new ProblemException(408, string.Create(CultureInfo.InvariantCulture,
            $"Found {found} bytes of the body after {options.Timeout.TotalSeconds:0.###} s, expected all of it{(context.Request.ContentLength is { } all ? $", {all} bytes" : "")}."))
        {
            Header = ("Connection", "close"), // what still arrives is not waited for
        };
    }
}
