using System.Runtime.ExceptionServices;

namespace Encore.Numerics;

/// <summary>
/// Runs independent blocks of work on the machine's cores. Kernels cut their work into fixed blocks whose borders do
/// not depend on the thread count, and no two blocks add into the same number, so every result has the same bits on
/// one thread as on many.
/// </summary>
public static class Workers
{
    private static int _count = Environment.ProcessorCount;

    /// <summary>Threads that a kernel may use, at least 1. The default is the number of processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _count = value;
        }
    }

    /// <summary>
    /// Runs <paramref name="body"/> once for each of 0 … <paramref name="blocks"/> − 1, in any order and on up to
    /// <see cref="Count"/> threads, the caller's among them, and returns when all have run. Calls may nest.
    /// </summary>
    /// <exception cref="Exception">The first exception that a block threw; blocks not yet begun are left out.</exception>
    public static void For(int blocks, Action<int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blocks);
        ArgumentNullException.ThrowIfNull(body);
        int helpers = Math.Min(_count, blocks) - 1;
        if (helpers <= 0)
        {
            for (int i = 0; i < blocks; i++)
            {
                body(i);
            }

            return;
        }

        var job = new Job(blocks, body);
        for (int i = 0; i < helpers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
        }

        job.Execute();
        job.Wait();
    }

    private sealed class Job(int blocks, Action<int> body) : IThreadPoolWorkItem
    {
        private int _next;
        private int _finished;
        private ExceptionDispatchInfo? _error;

        // A helper that the pool starts late finds nothing left, so the caller never waits for one that has not begun.
        public void Execute()
        {
            for (int i; (i = Interlocked.Increment(ref _next) - 1) < blocks;)
            {
                try
                {
                    if (_error is null)
                    {
                        body(i);
                    }
                }
#pragma warning disable CA1031 // handed to the caller's thread, which throws it
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
                }
#pragma warning restore CA1031
                Interlocked.Increment(ref _finished);
            }
        }

        public void Wait()
        {
            var spin = new SpinWait();
            while (Volatile.Read(ref _finished) < blocks)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            _error?.Throw();
        }
    }
}
