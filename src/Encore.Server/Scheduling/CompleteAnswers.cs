namespace Encore.Server.Scheduling;

/// <summary>
/// Ends the connection of an answer whose time ran out after it had begun. What writes JSON takes a cancelled write for a
/// client that went away and returns; the answer would be closed as if it were complete.
/// </summary>
internal sealed class CompleteAnswers(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context).ConfigureAwait(false);
        if (context.RequestAborted.IsCancellationRequested && context.Response.HasStarted)
        {
            context.Abort();
        }
    }
}
