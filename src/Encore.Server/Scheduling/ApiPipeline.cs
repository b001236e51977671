using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;

namespace Encore.Server.Scheduling;

/// <summary>
/// What each request of the API passes through, whoever hosts it: its body is read, its client gets a permit, its time runs,
/// and its errors are answered as problems. It stands around the endpoints instead of in the application's pipeline,
/// which need not know of it and is not changed by it.
/// </summary>
internal sealed class ApiPipeline(EncoreOptions options, RequestBodies bodies, ServerMetrics metrics)
{
    private readonly FairShare _permits = new(options.MaximumConcurrency);

    /// <summary>Puts it around endpoints.</summary>
    public static void AddTo(IEndpointConventionBuilder endpoints) => endpoints.Finally(endpoint =>
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context => context.RequestServices.GetRequiredService<ApiPipeline>().InvokeAsync(context, next);
    });

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var gone = context.RequestAborted;
        try
        {
            // Before the permit: a body that trickles in holds none.
            await bodies.InvokeAsync(context, withBody => WithPermitAsync(withBody, next)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception error) when (!context.Response.HasStarted && ProblemException.Of(error) is { } problem)
        {
            context.Features.Set<IExceptionHandlerFeature>(new ExceptionHandlerFeature { Error = error, Path = context.Request.Path }); // for logs
            await problem.AnswerAsync(context).ConfigureAwait(false);
        }
    }

    private async Task WithPermitAsync(HttpContext context, RequestDelegate next)
    {
        string client = Client.Of(context).Name;
        if (!_permits.TryTake(client, 1))
        {
            metrics.Rejected("concurrency");
            throw new ProblemException(429, string.Create(CultureInfo.InvariantCulture,
                $"The server works on at most {options.MaximumConcurrency} requests at once, and on no more of one client than its share. Try again in a second."))
            {
                Header = ("Retry-After", "1"),
            };
        }

        try
        {
            await InTimeAsync(context, next).ConfigureAwait(false);
        }
        finally
        {
            _permits.Release(client, 1);
        }
    }

    private async Task InTimeAsync(HttpContext context, RequestDelegate next)
    {
        var gone = context.RequestAborted;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(gone);
        time.CancelAfter(options.Timeout);
        context.RequestAborted = time.Token;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !gone.IsCancellationRequested && !context.Response.HasStarted)
        {
            throw new ProblemException(504, "The request took longer than the server allows.");
        }
        finally
        {
            context.RequestAborted = gone;
        }

        // What writes JSON takes a cancelled write for a client that went away and returns; the answer would be closed as if
        // it were complete.
        if (time.IsCancellationRequested && context.Response.HasStarted)
        {
            context.Abort();
        }
    }
}
