using Encore.Networks;

namespace Encore.Tests;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void Require_MoreThanThereIs_SaysNeedsHasAndAdvice() =>
        Should.Throw<InsufficientMemoryException>(() => MemoryBudget.Require(14_400_000_000, "EASE of 60,000 items", "Use itemknn.", limit: 11_200_000_000))
            .Message.ShouldBe("EASE of 60,000 items needs 14.4 GB of memory; there is 11.2 GB. Use itemknn.");

    [Fact]
    public void Require_JustEnough_Passes() => MemoryBudget.Require(100, "x", "y", limit: 100);

    [Fact]
    public void Require_WithoutLimit_KnowsTheMachine()
    {
        MemoryBudget.Available.ShouldBeInRange(1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - 1);
        MemoryBudget.Require(1000, "a little", "");
        Should.Throw<InsufficientMemoryException>(() => MemoryBudget.Require(long.MaxValue, "too much", ""));
    }

    [Fact]
    public void RequireSquare_BeyondOneArray_SaysSo()
    {
        MemoryBudget.RequireSquare(MemoryBudget.LargestSquare, 10, "x", "y", limit: 10);
        Should.Throw<InsufficientMemoryException>(() => MemoryBudget.RequireSquare(60_000, 14_400_000_000, "EASE", "Use less.", long.MaxValue))
            .Message.ShouldBe("EASE needs a matrix of 60,000 × 60,000 numbers (14.4 GB), beyond the 46,340 × 46,340 that one array holds. Use less.");
    }

    [Fact]
    public void LargestSquare_IsTheLargestThatOneArrayHolds()
    {
        long n = MemoryBudget.LargestSquare;
        (n * n).ShouldBeLessThanOrEqualTo(Array.MaxLength);
        ((n + 1) * (n + 1)).ShouldBeGreaterThan(Array.MaxLength);
    }

    [Fact]
    public void Parameter_BeyondOneArray_SaysHowLargeItIs() =>
        Should.Throw<InsufficientMemoryException>(() => new Parameter<float>("output.weight", 50_000_000, 600))
            .Message.ShouldBe("output.weight needs 50,000,000 × 600 numbers, beyond the 2,147,483,591 that one array holds. Use smaller layers, or drop rare items.");

    [Theory]
    [InlineData(20_000)]
    [InlineData(5_000_000)]
    [InlineData(int.MaxValue - 100)]
    public void ItemOutput_ChunkOfScores_FitsOneArray(int items) =>
        ((long)ItemOutput<float>.ChunkRows(items) * items).ShouldBeInRange(1, Array.MaxLength);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(12_345, "12.3 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.00 MB")]
    [InlineData(1_617_000_000, "1.62 GB")]
    [InlineData(long.MaxValue, "9.22 EB")]
    public void Text_Bytes_ThreeDigits(long bytes, string expected) => MemoryBudget.Text(bytes).ShouldBe(expected);
}
