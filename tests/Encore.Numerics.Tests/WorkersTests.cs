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
        Workers.For(blocks, i => Interlocked.Increment(ref runs[i]));
        runs.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public void For_Nested_RunsEachOnce()
    {
        var runs = new int[20, 30];
        Workers.For(20, i => Workers.For(30, j => Interlocked.Increment(ref runs[i, j])));
        runs.Cast<int>().ShouldAllBe(count => count == 1);
    }

    [Fact]
    public void For_BlockThrows_ThrowsItAfterAllOthersEnded()
    {
        int running = 0;
        Should.Throw<InvalidOperationException>(() => Workers.For(100, i =>
        {
            Interlocked.Increment(ref running);
            Interlocked.Decrement(ref running);
            if (i == 3)
            {
                throw new InvalidOperationException("three");
            }
        })).Message.ShouldBe("three");
        Volatile.Read(ref running).ShouldBe(0);
    }

    [Fact]
    public void Count_BelowOne_Throws() => Should.Throw<ArgumentOutOfRangeException>(() => Workers.Count = 0);
}
