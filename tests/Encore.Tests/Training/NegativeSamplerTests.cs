using Encore.Numerics;
using Encore.Training;

namespace Encore.Tests.Training;

public sealed class NegativeSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(17)]
    [InlineData(1000)]
    public void AddTo_AnyCount_DrawsUnmetItemsOnce(int count)
    {
        var sampler = new NegativeSampler(20);
        var batch = new SparseBatch<float>(20);
        int[] met = [0, 7, 19];
        for (uint row = 0; row < 30; row++)
        {
            sampler.AddTo(batch, met, count, new Rng(1, row));
            batch.EndRow();
            int[] drawn = batch.RowIndices(batch.Rows - 1).ToArray();
            drawn.Length.ShouldBe(Math.Min(count, 17));
            drawn.ShouldBeUnique();
            drawn.ShouldAllBe(item => !met.Contains(item));
            batch.RowValues(batch.Rows - 1).ToArray().ShouldAllBe(value => value == 0);
        }
    }

    [Fact]
    public void AddTo_NothingUnmet_AddsNothing()
    {
        var batch = new SparseBatch<float>(3);
        new NegativeSampler(3).AddTo(batch, [0, 1, 2], 15, new Rng(1));
        batch.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void AddTo_ManyRows_EveryUnmetItemAsOften(int count)
    {
        const int Rows = 20_000;
        var sampler = new NegativeSampler(10);
        var batch = new SparseBatch<float>(10);
        var drawn = new int[10];
        for (uint row = 0; row < Rows; row++)
        {
            batch.Clear();
            sampler.AddTo(batch, [4], count, new Rng(3, row));
            foreach (int item in batch.Indices)
            {
                drawn[item]++;
            }
        }

        // Each of nine items is in a draw with chance count/9; five standard deviations.
        double chance = count / 9.0, allowed = 5 * Math.Sqrt(Rows * chance * (1 - chance));
        drawn[4].ShouldBe(0);
        drawn.Where((_, item) => item != 4).ShouldAllBe(times => Math.Abs(times - (Rows * chance)) < allowed);
    }
}
