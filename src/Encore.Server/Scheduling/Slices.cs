using System.Diagnostics;

namespace Encore.Server.Scheduling;

/// <summary>Long work on a thread of its own that runs a slice at a time: while it does, who gave it the slice
/// waits.</summary>
internal sealed class Slices : IDisposable
{
    private readonly SemaphoreSlim _go = new(0);
    private readonly SemaphoreSlim _paused = new(0);
    private readonly Action<Slices> _work;
    private readonly Func<bool> _othersWait;
    private Thread? _thread;
    private long _end;

    /// <param name="work">What to do; it calls <see cref="Pause"/> between its steps.</param>
    /// <param name="othersWait">Whether a pause is any use.</param>
    public Slices(Action<Slices> work, Func<bool> othersWait) => (_work, _othersWait) = (work, othersWait);

    /// <summary>Whether the work is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Lets the work go on for a time, or a step longer.</summary>
    public void Run(TimeSpan slice)
    {
        _end = Stopwatch.GetTimestamp() + (long)(slice.TotalSeconds * Stopwatch.Frequency);
        if (_thread is null)
        {
            _thread = new Thread(Work) { IsBackground = true, Name = "score slices" };
            _thread.Start();
        }
        else
        {
            _go.Release();
        }

        _paused.Wait();
    }

    /// <summary>Called by the work between its steps: waits for the next slice once this one is used up and others
    /// wait.</summary>
    public void Pause()
    {
        if (Stopwatch.GetTimestamp() >= _end && _othersWait())
        {
            _paused.Release();
            _go.Wait();
        }
    }

    public void Dispose()
    {
        _go.Dispose();
        _paused.Dispose();
    }

    private void Work()
    {
        _work(this);
        IsDone = true;
        _paused.Release();
    }
}
