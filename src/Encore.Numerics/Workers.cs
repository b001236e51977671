using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Encore.Numerics;

/// <summary>
/// Runs independent blocks of work on the machine's cores. Kernels cut their work into fixed blocks whose borders do
/// not depend on the thread count, and no two blocks add into the same number, so every result has the same bits on
/// one thread as on many.
/// </summary>
internal static class Workers
{
    /// <summary>Told how many helpers are called; for tests.</summary>
    internal static Action<int>? Called { get; set; }

    /// <summary>See <see cref="Compute.For"/>.</summary>
    public static void For(int threads, int blocks, Action<int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blocks);
        ArgumentNullException.ThrowIfNull(body);
        int helpers = Math.Min(threads, blocks) - 1;
        if (helpers <= 0)
        {
            for (int i = 0; i < blocks; i++)
            {
                body(i);
            }

            return;
        }

        Called?.Invoke(helpers);
        var job = new Job(blocks, body);
        Helper.Call(helpers, job);
        job.Execute();
        job.Wait();
    }

    /// <summary>
    /// A thread that waits for blocks. It watches for the next job for a while before it sleeps: kernels hand out work
    /// every few microseconds, and waking a sleeping thread takes longer than many of their blocks.
    /// </summary>
#pragma warning disable CA1001 // a helper and its event live as long as the process
    private sealed class Helper
#pragma warning restore CA1001
    {
        private const long WatchMicroseconds = 100;

        private static readonly Lock Growing = new();
        private static Helper[] _all = [];

        private readonly AutoResetEvent _wake = new(false);
        private Job? _job;
        private int _asleep;

        // A helper that is busy with somebody else's job is passed over: the caller does its own blocks at any rate.
        public static void Call(int count, Job job)
        {
            var all = Volatile.Read(ref _all);
            if (all.Length < count)
            {
                all = Grow(count);
            }

            foreach (var helper in all)
            {
                if (count > 0 && Interlocked.CompareExchange(ref helper._job, job, null) is null)
                {
                    count--;
                    if (Volatile.Read(ref helper._asleep) == 1)
                    {
                        helper._wake.Set();
                    }
                }
            }
        }

        private static Helper[] Grow(int count)
        {
            lock (Growing)
            {
                var all = _all;
                if (all.Length < count)
                {
                    var more = new Helper[count - all.Length];
                    for (int i = 0; i < more.Length; i++)
                    {
                        more[i] = new Helper();
                        new Thread(more[i].Run) { IsBackground = true, Name = "Encore worker" }.Start();
                    }

                    Volatile.Write(ref _all, all = [.. all, .. more]);
                }

                return all;
            }
        }

        private void Run()
        {
            while (true)
            {
                if (Watch() is { } job)
                {
                    job.Execute();
                    Volatile.Write(ref _job, null);
                    continue;
                }

                // A job that came between the last look and this mark is seen by the second look; one that comes later
                // sees the mark and sets the event.
                Interlocked.Exchange(ref _asleep, 1);
                if (Volatile.Read(ref _job) is null)
                {
                    _wake.WaitOne();
                }

                Volatile.Write(ref _asleep, 0);
            }
        }

        private Job? Watch()
        {
            long start = Stopwatch.GetTimestamp();
            do
            {
                if (Volatile.Read(ref _job) is { } job)
                {
                    return job;
                }

                Thread.SpinWait(20);
            }
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < WatchMicroseconds);

            return null;
        }
    }

    private sealed class Job(int blocks, Action<int> body)
    {
        private int _next;
        private int _finished;
        private ExceptionDispatchInfo? _error;

        // A helper that comes late finds nothing left, so the caller never waits for one that has not begun.
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
