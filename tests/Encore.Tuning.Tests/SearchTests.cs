using Encore.Experiments;
using Encore.Numerics;

namespace Encore.Tuning.Tests;

/// <summary>The estimator's densities, how well it searches, and who is stopped early.</summary>
public sealed class SearchTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.841344746)]
    [InlineData(-1.96, 0.024997895)]
    [InlineData(3, 0.998650102)]
    public void Cumulative_OfKnownPoints_IsWithinAMillionth(double z, double expected) => Parzen.Cumulative(z).ShouldBe(expected, 1e-6);

    [Theory]
    [InlineData]
    [InlineData(0.0)]
    [InlineData(-1.0, -0.9, 2.0)]
    [InlineData(0.5, 0.5, 0.5, 3.0)]
    public void LogDensity_OverTheRange_IntegratesToOne(params double[] places)
    {
        var parzen = new Parzen(-1, 3, places);
        const int Steps = 20_000;
        double sum = Enumerable.Range(0, Steps).Sum(i => Math.Exp(parzen.LogDensity(-1 + (4 * (i + 0.5) / Steps)))) * 4 / Steps;
        sum.ShouldBe(1, 1e-4);
    }

    [Fact]
    public void Draw_ManyTimes_FollowsTheDensity()
    {
        var parzen = new Parzen(0, 1, [0.2, 0.25, 0.9]);
        var rng = new Rng(5);
        const int Draws = 200_000, Bins = 10;
        var counts = new int[Bins];
        for (int i = 0; i < Draws; i++)
        {
            counts[(int)Math.Min(Bins - 1, parzen.Draw(ref rng) * Bins)]++;
        }

        // A mixture cut off as a whole and one of components cut off each differ: a draw that falls outside is drawn again
        // from the same component, and the density has each component's share inside.
        for (int b = 0; b < Bins; b++)
        {
            double share = Enumerable.Range(0, 1000).Sum(i => Math.Exp(parzen.LogDensity((b + ((i + 0.5) / 1000)) / Bins))) / 1000 / Bins;
            (counts[b] / (double)Draws).ShouldBe(share, 0.005);
        }
    }

    [Fact]
    public void Tpe_OnASmoothFunction_ComesCloserThanChance()
    {
        var model = ModelCatalog.BuiltIn.Find("mult-vae");
        var space = new SearchSpace(model,
        [
            Dimension.Parse(model, "beta", "0..1"), Dimension.Parse(model, "learning-rate", "log:1e-4..1e-1"), Dimension.Parse(model, "decoder", "mirrored|linear"),
        ]);
        double tpe = 0, random = 0;
        const int Seeds = 20;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            tpe += Best(new TpeSampler(space, seed, lowerIsBetter: true)) / Seeds;
            random += Best(new RandomSampler(space, seed)) / Seeds;
        }

        tpe.ShouldBeLessThan(random / 1.5);

        double Best(ISampler sampler)
        {
            var known = new List<Trial>();
            for (int i = 0; i < 60; i++)
            {
                double[] at = sampler.Propose(i, known);
                var settings = space.Dimensions.Index().ToDictionary(d => d.Item.Name, d => d.Item.At(at[d.Index]));
                double value = Math.Pow(at[0] - 0.7, 2) + Math.Pow((at[1] - Math.Log(3e-3)) / 5, 2) + (at[2] == 1 ? 0 : 0.1);
                known.Add(new Trial(i, settings, TrialStatus.Complete, value, [], 0, 0, 0));
            }

            return known.Min(t => t.Value);
        }
    }

    [Fact]
    public void Propose_OfTheSameTrials_IsTheSame()
    {
        var space = SearchSpace.Default(ModelCatalog.BuiltIn.Find("mult-vae"));
        Trial[] known = [.. Enumerable.Range(0, 20).Select(i => new Trial(i, Settings(new RandomSampler(space, 9).Propose(i, [])), TrialStatus.Complete, i, [], 0, 0, 0))];
        new TpeSampler(space, 4, false).Propose(20, known).ShouldBe(new TpeSampler(space, 4, false).Propose(20, known));
        new TpeSampler(space, 4, false).Propose(20, known).ShouldNotBe(new TpeSampler(space, 5, false).Propose(20, known));

        Dictionary<string, string> Settings(double[] at) => space.Dimensions.Index().ToDictionary(d => d.Item.Name, d => d.Item.At(at[d.Index]));
    }

    [Theory]
    [InlineData(100, new[] { 11, 33 })]
    [InlineData(30, new[] { 3, 9 })]
    [InlineData(9, new[] { 1, 3 })]
    [InlineData(2, new[] { 1 })]
    [InlineData(1, new int[0])]
    public void Rungs_OfEpochs_AreANinthAndAThird(int epochs, int[] rungs) => new SuccessiveHalving(epochs, false).Rungs.ShouldBe(rungs);

    [Fact]
    public void GoesOn_AmongThoseThatCameAsFar_LetsTheBestThirdOn()
    {
        var halving = new SuccessiveHalving(30, lowerIsBetter: false);
        Trial[] others = [.. new[] { 0.1, 0.2, 0.3, 0.4, 0.5 }.Select((v, i) => new Trial(i, new Dictionary<string, string>(), TrialStatus.Complete, v, i == 4 ? [v] : [v, v], 30, 1, 1))];
        halving.ShouldContinue(0, 0.05, []).ShouldBeTrue("the first to come has nobody to be compared with");
        halving.ShouldContinue(0, 0.45, others).ShouldBeTrue("second of six");
        halving.ShouldContinue(0, 0.35, others).ShouldBeFalse("third of six");
        halving.ShouldContinue(1, 0.45, others).ShouldBeTrue("best of the five that came to the second rung");
        halving.ShouldContinue(1, 0.35, others).ShouldBeFalse("second of five");
        new SuccessiveHalving(30, lowerIsBetter: true).ShouldContinue(0, 0.15, others).ShouldBeTrue("small values are best");
    }
}
