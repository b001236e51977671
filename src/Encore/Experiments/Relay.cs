namespace Encore.Experiments;

/// <summary>Passes progress on, on the thread that reports it.</summary>
internal sealed class Relay<T>(Action<T> take) : IProgress<T>
{
    public void Report(T value) => take(value);
}
