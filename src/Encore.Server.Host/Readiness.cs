namespace Encore.Server.Host;

/// <summary>Whether the server wants requests: not when it is about to stop.</summary>
internal sealed class Readiness
{
    private volatile bool _stopping;

    public bool IsReady => !_stopping;

    public void Stop() => _stopping = true;
}
