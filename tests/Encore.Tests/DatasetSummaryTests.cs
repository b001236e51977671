using Encore.Numerics;
using FsCheck.Xunit;

namespace Encore.Tests;

public sealed class DatasetSummaryTests
{
    [Fact]
    public void Of_SmallLog_CountsByHand()
    {
        var summary = DatasetSummary.Of(Interactions.From(
        [
            new("a", "x", 3), new("a", "y", 5), new("a", "z", 4), new("b", "x", 4), new("b", "x", 5), new("c", "x", 1),
        ]));
        (summary.Users, summary.Items, summary.Interactions, summary.RowsRead, summary.Duplicates)
            .ShouldBe((3, 3, 5, 6L, 1L));
        summary.Density.ShouldBe(5.0 / 9);
        summary.Ratings.ShouldBe([(1, 1), (3, 1), (4, 1), (5, 2)]);
        summary.RatingsAreBinned.ShouldBeFalse();
        summary.MeanRating.ShouldBe(18.0 / 5);
        summary.PerUser.ShouldBeEquivalentTo(new DegreeQuantiles(1, 1, 1, 3, 3, 3, 5.0 / 3));
        summary.PerItem.ShouldBeEquivalentTo(new DegreeQuantiles(1, 1, 1, 3, 3, 3, 5.0 / 3));
        (summary.First, summary.Last).ShouldBe((null, null));
    }

    [Fact]
    public void Of_ImplicitFeedback_HasNoRatings()
    {
        var summary = DatasetSummary.Of(Interactions.From([new("a", "x"), new("b", "y")], hasRatings: false));
        summary.Ratings.ShouldBeEmpty();
        summary.MeanRating.ShouldBe(double.NaN);
        summary.RatingsAreBinned.ShouldBeFalse();
    }

    [Fact]
    public void Of_EmptyLog_IsZeros()
    {
        var summary = DatasetSummary.Of(Interactions.From([]));
        (summary.Users, summary.Interactions, summary.Density, summary.First).ShouldBe((0, 0, 0.0, null));
        summary.PerUser.ShouldBeEquivalentTo(new DegreeQuantiles(0, 0, 0, 0, 0, 0, double.NaN));
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(21, true)]
    public void Of_MoreThanTwentyRatings_AreBinned(int different, bool binned)
    {
        var summary = DatasetSummary.Of(Interactions.From(
            Enumerable.Range(0, different).Select(k => new Interaction("u", $"i{k}", k))));
        summary.RatingsAreBinned.ShouldBe(binned);
        summary.Ratings.Count.ShouldBe(20);
        summary.Ratings.Sum(r => r.Count).ShouldBe(different);
        summary.Ratings[0].From.ShouldBe(0);
        summary.Ratings[19].From.ShouldBe(19); // 21 values from 0 to 20: bins of width 1, the last takes 19 and 20
        summary.Ratings[19].Count.ShouldBe(binned ? 2 : 1);
    }

    [Property(MaxTest = 50)]
    public void Of_AnyRatings_EachBinCountsItsValues(ulong seed)
    {
        var rng = new Rng(seed);
        float[] values = [.. Enumerable.Range(0, 200).Select(_ => (float)(100 * rng.NextGaussian()))];
        var bins = DatasetSummary.Of(Interactions.From(
            values.Select((v, k) => new Interaction("u", $"i{k}", v)))).Ratings;
        double width = bins[1].From - bins[0].From, tolerance = 1e-9 * width;
        for (int b = 0; b < bins.Count; b++)
        {
            double from = bins[b].From, to = b == bins.Count - 1 ? double.PositiveInfinity : bins[b + 1].From;
            bins[b].Count.ShouldBeInRange(values.Count(v => v >= from + tolerance && v < to - tolerance),
                values.Count(v => v >= from - tolerance && v < to + tolerance));
        }

        bins.Sum(b => b.Count).ShouldBe(values.Length);
    }

    [Fact]
    public void DegreeQuantiles_Definition_IsTheSmallestValueThatCoversTheShare()
    {
        DegreeQuantiles.Of([.. Enumerable.Range(1, 100).Reverse()])
            .ShouldBeEquivalentTo(new DegreeQuantiles(1, 25, 50, 75, 95, 100, 50.5));
        DegreeQuantiles.Of([7]).ShouldBeEquivalentTo(new DegreeQuantiles(7, 7, 7, 7, 7, 7, 7));
        DegreeQuantiles.Of([4, 1, 3, 2]).ShouldBeEquivalentTo(new DegreeQuantiles(1, 1, 2, 3, 4, 4, 2.5));
    }

    // 2001-09-09 01:46:40 UTC and 2023-11-14 22:13:20 with a fraction, in each unit.
    [Theory]
    [InlineData(1_000_000_000L, 1_700_000_000L, 0)]
    [InlineData(1_000_000_000_000L, 1_700_000_000_123L, 1_230_000)]
    [InlineData(1_000_000_000_000_000L, 1_700_000_000_123_457L, 1_234_570)]
    [InlineData(1_000_000_000_000_000_000L, 1_700_000_000_123_457_000L, 1_234_570)]
    public void Of_Times_AreReadInTheUnitThatTheLastTells(long first, long last, long ticks)
    {
        var summary = DatasetSummary.Of(Interactions.From([new("a", "x", 1, last), new("a", "y", 1, first)]));
        summary.First.ShouldBe(new DateTimeOffset(2001, 9, 9, 1, 46, 40, TimeSpan.Zero));
        summary.Last.ShouldBe(new DateTimeOffset(2023, 11, 14, 22, 13, 20, TimeSpan.Zero).AddTicks(ticks));
    }

    [Fact]
    public void Of_TimesThatAreNoDates_HaveNone()
    {
        var summary = DatasetSummary.Of(Interactions.From([new("a", "x", 1, long.MinValue), new("a", "y", 1, -70_000_000_000)]));
        (summary.First, summary.Last).ShouldBe((null, null)); // before the year 1
    }

    [Fact]
    public void Of_PlaceNumbersForTimes_AreSecondsOf1970() =>
        DatasetSummary.Of(Interactions.From([new("a", "x", 1, 1), new("a", "y", 1, 2)]))
            .Last.ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(2));
}
