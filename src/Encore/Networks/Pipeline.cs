using System.Runtime.ExceptionServices;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// Tasks of several kinds in one list, handed out in its order to all threads, which part only when all are done. A task
/// may wait for tasks before it: those have been handed out, so somebody is at them.
/// </summary>
internal sealed class Pipeline
{
    private readonly List<(int First, Action<int> Run)> _kinds = [];
    private int _tasks;
    private ExceptionDispatchInfo? _error;

    public void Clear()
    {
        _kinds.Clear();
        (_tasks, _error) = (0, null);
    }

    /// <summary>Appends tasks 0 … <paramref name="tasks"/> − 1 of a kind.</summary>
    public void Add(int tasks, Action<int> run)
    {
        if (tasks > 0)
        {
            _kinds.Add((_tasks, run));
            _tasks += tasks;
        }
    }

    /// <summary>Runs all tasks.</summary>
    public void Run(Compute compute)
    {
        compute.For(_tasks, Run);
        _error?.Throw();
    }

    /// <summary>Waits until a count has come so far. False: a task has failed, and the one that asks must end.</summary>
    public bool Wait(ref int count, int least)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref count) < least)
        {
            if (Volatile.Read(ref _error) is not null)
            {
                return false;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        return true;
    }

    // Errors are kept here: were they thrown, tasks that others wait for would be left out without a sign.
    private void Run(int task)
    {
        if (Volatile.Read(ref _error) is not null)
        {
            return;
        }

        int kind = _kinds.Count - 1;
        while (_kinds[kind].First > task)
        {
            kind--;
        }

        try
        {
            _kinds[kind].Run(task - _kinds[kind].First);
        }
#pragma warning disable CA1031 // thrown by the caller of all
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
        }
#pragma warning restore CA1031
    }
}
