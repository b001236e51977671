namespace Encore.Recommending;

/// <summary>Work in steps of less than a millisecond or so, after each of which it may be stopped or made to wait.</summary>
/// <param name="Between">Called between two steps on the thread that works; null: nothing.</param>
/// <param name="Token">Stops the work.</param>
internal readonly record struct Steps(Action? Between, CancellationToken Token)
{
    /// <summary>A step is done.</summary>
    /// <exception cref="OperationCanceledException">The work is to stop.</exception>
    public void Next()
    {
        Token.ThrowIfCancellationRequested();
        Between?.Invoke();
        Token.ThrowIfCancellationRequested(); // it may have been stopped while it waited
    }
}
