using Encore.Metrics;

namespace Encore.Tests.Metrics;

public sealed class MetricSpreadTests
{
    // By hand: mean .4, squares .01 + 0 + .01, deviation √(.02/2) = .1, error .1/√3, t(.975, 2) = 4.30265.
    [Fact]
    public void Of_ThreeSeeds_IsAsByHand()
    {
        var found = MetricSpread.Of([0.5, 0.3, 0.4]);
        found.Mean.ShouldBe(0.4, 1e-12);
        found.StandardDeviation.ShouldBe(0.1, 1e-12);
        found.Low.ShouldBe(0.4 - (4.302652729911275 * 0.1 / Math.Sqrt(3)), 1e-9);
        found.High.ShouldBe(0.4 + (4.302652729911275 * 0.1 / Math.Sqrt(3)), 1e-9);
        (found.Minimum, found.Maximum).ShouldBe((0.3, 0.5));
    }

    [Fact]
    public void Of_OneSeed_KnowsNoSpread()
    {
        var found = MetricSpread.Of([0.25]);
        (found.Mean, found.Minimum, found.Maximum).ShouldBe((0.25, 0.25, 0.25));
        new[] { found.Low, found.High, found.StandardDeviation }.ShouldAllBe(v => double.IsNaN(v));
    }

    [Fact]
    public void Of_NoSeed_IsRefused() =>
        Should.Throw<ArgumentException>(() => MetricSpread.Of([])).Message.ShouldStartWith("Found no value, expected at least one.");
}
