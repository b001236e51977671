using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>
/// What kernels run on: a number of threads, and the memory that they pack into. Two models of one process may have two, a
/// server's answers beside a training that keeps to one core. Results have the same bits whatever the number of threads.
/// </summary>
/// <remarks>The threads themselves are the process's, as many as the largest asks for. The instruction set is chosen once for
/// the process (<c>ENCORE_KERNEL</c>, otherwise the widest): two at once would give two sets of bits.</remarks>
public sealed class Compute
{
    private readonly Lock _gate = new();
    private readonly Stack<PackBuffer> _free = [];

    /// <summary>A number of threads.</summary>
    /// <param name="threads">Threads that a kernel may use, the caller's among them; 0: one for each processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public Compute(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <summary>All processors: what runs where nothing else is said.</summary>
    public static Compute Default { get; } = new();

    /// <summary>Threads that a kernel may use, the caller's among them, at least 1.</summary>
    public int Threads { get; }

    /// <summary>
    /// Runs <paramref name="body"/> once for each of 0 … <paramref name="blocks"/> − 1, in any order and on up to
    /// <see cref="Threads"/> threads, the caller's among them, and returns when all have run. Calls may nest.
    /// </summary>
    /// <exception cref="Exception">The first exception that a block threw; blocks not yet begun are left out.</exception>
    public void For(int blocks, Action<int> body) => Workers.For(Threads, blocks, body);

    /// <summary>Memory to pack into, to be returned. The last returned is the first to go out, so that loops over a kernel
    /// allocate nothing; a call that fails leaves it to the collector.</summary>
    internal PackBuffer Rent()
    {
        lock (_gate)
        {
            return _free.TryPop(out var buffer) ? buffer : new PackBuffer();
        }
    }

    /// <summary>Takes memory back. As many are kept as threads may pack at once, and two.</summary>
    internal void Return(PackBuffer buffer)
    {
        lock (_gate)
        {
            if (_free.Count < Threads + 2)
            {
                _free.Push(buffer);
            }
        }
    }
}
