using Encore.Models;
using Encore.Numerics;

namespace Encore.Tests.Training;

public sealed class NegativeSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(17)]
    public void Draw_AnyCount_DrawsUnmetItemsOnce(int count)
    {
        var sampler = new NegativeSampler(20);
        int[] met = [0, 7, 19];
        for (uint row = 0; row < 30; row++)
        {
            var drawn = new int[count];
            sampler.Draw(met, drawn, new Rng(1, row));
            drawn.ShouldBeUnique();
            drawn.ShouldAllBe(item => item >= 0 && item < 20 && !met.Contains(item));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Draw_ManyRows_EveryUnmetItemAsOften(int count)
    {
        const int Rows = 20_000;
        var sampler = new NegativeSampler(10);
        var drawn = new int[10];
        var some = new int[count];
        for (uint row = 0; row < Rows; row++)
        {
            sampler.Draw([4], some, new Rng(3, row));
            foreach (int item in some)
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
