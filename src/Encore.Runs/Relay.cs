namespace Encore.Runs;

/// <summary>Hands progress on at once, on the thread that makes it.</summary>
internal sealed class Relay<T>(Action<T> take) : IProgress<T>
{
    public void Report(T value) => take(value);
}
