namespace Encore.Runs;

/// <summary>Hands progress on at once, on the thread that makes it.</summary>
public sealed class Relay<T>(Action<T> take) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => take(value);
}
