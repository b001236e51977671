namespace Encore.Data.Tests;

/// <summary>Progress as it is reported, at once and in order.</summary>
internal sealed class Recorder<T> : IProgress<T>
{
    public List<T> All { get; } = [];

    public void Report(T value) => All.Add(value);
}
