namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class WorkersTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void For_AnyNumberOfBlocks_RunsEachOnce(int blocks)
    {
        var runs = new int[blocks];
        Compute.Default.For(blocks, i => Interlocked.Increment(ref runs[i]));
        runs.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public void For_Nested_RunsEachOnce()
    {
        var runs = new int[20, 30];
        Compute.Default.For(20, i => Compute.Default.For(30, j => Interlocked.Increment(ref runs[i, j])));
        runs.Cast<int>().ShouldAllBe(count => count == 1);
    }

    [Fact]
    public void For_BlockThrows_ThrowsItAfterAllOthersEnded()
    {
        // The helper is in the middle of a block when the caller's own block throws; the call must not return before the
        // helper has ended, for which it gives the caller 50 ms.
        using var begun = new ManualResetEventSlim();
        using var thrown = new ManualResetEventSlim();
        int running = 0, runs = 0, caller = Environment.CurrentManagedThreadId;
        Should.Throw<InvalidOperationException>(() => new Compute(2).For(100, _ =>
        {
            Interlocked.Increment(ref runs);
            if (Environment.CurrentManagedThreadId != caller)
            {
                Interlocked.Increment(ref running);
                begun.Set();
                thrown.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
                Thread.Sleep(50);
                Interlocked.Decrement(ref running);
                return;
            }

            begun.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            thrown.Set();
            throw new InvalidOperationException("one");
        })).Message.ShouldBe("one");
        Volatile.Read(ref running).ShouldBe(0);
        runs.ShouldBe(2); // blocks not yet begun are left out
    }

    [Fact]
    public void Compute_NegativeThreads_Throws() => Should.Throw<ArgumentOutOfRangeException>(() => new Compute(-1));

    [Fact]
    public void Compute_Zero_IsAllProcessors() => new Compute().Threads.ShouldBe(Environment.ProcessorCount);
}
