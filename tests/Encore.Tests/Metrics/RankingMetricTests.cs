using Encore.Metrics;
using Encore.Numerics;
using FsCheck.Xunit;

namespace Encore.Tests.Metrics;

public sealed class RankingMetricTests
{
    private static readonly string[] OfHits = ["precision", "recall", "recall_capped", "ndcg", "hit_rate", "mrr", "map"];

    [Theory]
    [InlineData("ndcg@100", "ndcg", 100)]
    [InlineData(" recall_capped@20 ", "recall_capped", 20)]
    [InlineData("map@05", "map", 5)]
    public void Parse_NameAndLength_AreRead(string text, string kind, int k)
    {
        var metric = MetricCatalog.BuiltIn.Ranking(text);
        (metric.Kind, metric.K).ShouldBe((kind, k));
    }

    [Fact]
    public void ToString_EachKind_ReadsBack()
    {
        foreach (string name in MetricCatalog.BuiltIn.RankingNames)
        {
            MetricCatalog.BuiltIn.Ranking($"{name}@7").ToString().ShouldBe($"{name}@7");
        }

        MetricCatalog.BuiltIn.RankingNames.Count.ShouldBe(10);
    }

    [Theory]
    [InlineData("ndgc@10", "found 'ndgc'", "did you mean 'ndcg'?")]
    [InlineData("NDCG@10", "expected one of precision, recall", "did you mean 'ndcg'?")]
    [InlineData("hitrate@10", "found 'hitrate'", "did you mean 'hit_rate'?")]
    [InlineData("xyz@10", "found 'xyz'", "novelty.")]
    [InlineData("ndcg", "a whole number above 0", "'ndcg@20'")]
    [InlineData("ndcg@0", "a whole number above 0", "'ndcg@20'")]
    [InlineData("ndcg@-5", "a whole number above 0", "'ndcg@20'")]
    [InlineData("ndcg@1.5", "a whole number above 0", "'ndcg@20'")]
    [InlineData("ndcg@5@6", "a whole number above 0", "'ndcg@20'")]
    [InlineData("ndcg@99999999999", "a whole number above 0", "'ndcg@20'")]
    [InlineData("", "found ''", "expected one of")]
    public void Parse_Wrong_SaysWhatIsExpected(string text, string found, string expected)
    {
        string message = Should.Throw<FormatException>(() => MetricCatalog.BuiltIn.Ranking(text)).Message;
        message.ShouldContain(found);
        message.ShouldContain(expected);
    }

    [Fact]
    public void K_BelowOne_IsRefused()
    {
        Should.Throw<ArgumentException>(() => new NdcgMetric(0))
            .Message.ShouldStartWith("Found k = 0, expected at least 1.");
        Should.Throw<ArgumentException>(() => new CoverageMetric(-1));
    }

    // The list miss, hit, miss, hit; three held-out items.
    [Theory]
    [InlineData("precision@4", 2.0 / 4)]
    [InlineData("precision@10", 2.0 / 10)]
    [InlineData("recall@4", 2.0 / 3)]
    [InlineData("recall@2", 1.0 / 3)]
    [InlineData("recall_capped@4", 2.0 / 3)]
    [InlineData("recall_capped@2", 1.0 / 2)] // min(2, 3) instead of 3
    [InlineData("hit_rate@1", 0)]
    [InlineData("hit_rate@2", 1)]
    [InlineData("mrr@4", 1.0 / 2)]
    [InlineData("mrr@1", 0)]
    [InlineData("map@4", ((1.0 / 2) + (2.0 / 4)) / 3)]
    [InlineData("map@2", 1.0 / 2 / 2)]
    [InlineData("ndcg@4",
        (0.6309297535714575 + 0.43067655807339306) / (1 + 0.6309297535714575 + 0.5))] // 1/log2 3, 1/log2 5
    [InlineData("ndcg@2", 0.6309297535714575 / (1 + 0.6309297535714575))]
    public void OfUser_ByHand_Agrees(string metric, double expected) =>
        Value(metric, [false, true, false, true], 3).ShouldBe(expected, 1e-15);

    [Fact]
    public void OfUser_EmptyList_IsZero()
    {
        foreach (var kind in OfHits)
        {
            Value($"{kind}@5", [], 2).ShouldBe(0, kind);
        }
    }

    [Property]
    public void OfUser_BestList_IsOneWhereItCanBe(byte k, byte held)
    {
        var (length, h) = (1 + (k % 40), 1 + (held % 40));
        bool[] list = [.. Enumerable.Range(0, length).Select(r => r < h)];
        foreach (var kind in OfHits)
        {
            double expected = kind switch
            {
                "precision" => Math.Min(1, (double)h / length),
                "recall" => Math.Min(1, (double)length / h),
                _ => 1,
            };
            Value($"{kind}@{length}", list, h).ShouldBe(expected, 1e-15, kind);
        }
    }

    [Property]
    public void OfUser_AnyList_IsBoundedAndGrowsWithHitsAndHigherHits(ulong seed)
    {
        var rng = new Rng(seed);
        bool[] list = [.. Enumerable.Range(0, 1 + rng.NextInt32(30)).Select(_ => rng.NextInt32(3) == 0)];
        int held = Math.Max(1, list.Count(hit => hit) + rng.NextInt32(5)), k = 1 + rng.NextInt32(list.Length + 5);
        int miss = rng.NextInt32(list.Length), above = rng.NextInt32(miss + 1);
        foreach (var kind in OfHits)
        {
            string metric = $"{kind}@{k}";
            double value = Value(metric, list, held);
            value.ShouldBeInRange(0, 1, kind);

            bool[] better = [.. list];
            better[miss] = true;
            if (better.Count(hit => hit) <= held)
            {
                Value(metric, better, held).ShouldBeGreaterThanOrEqualTo(value, kind);
            }

            if (list[miss] && !list[above])
            {
                bool[] higher = [.. list];
                (higher[above], higher[miss]) = (true, false);
                Value(metric, higher, held).ShouldBeGreaterThanOrEqualTo(value - 1e-15, kind);
            }

            // Nothing beyond k counts.
            bool[] longer = [.. list, true];
            if (k <= list.Length)
            {
                Value(metric, longer, held).ShouldBe(value, kind);
            }
        }
    }

    [Property]
    public void OfUser_HitMovedUp_RaisesNdcgAndMap(byte at)
    {
        // Strictly: measures that look at ranks must tell the two lists apart.
        int rank = 1 + (at % 200);
        bool[] list = new bool[rank + 1], higher = new bool[rank + 1];
        (list[rank], higher[rank - 1]) = (true, true);
        foreach (var kind in (string[])["ndcg", "map", "mrr"])
        {
            string metric = $"{kind}@{rank + 1}";
            Value(metric, higher, 1).ShouldBeGreaterThan(Value(metric, list, 1), kind);
        }
    }

    [Theory]
    [InlineData("rmse", false, "measures predicted ratings")]
    [InlineData("ndcg@10", true, "expected one of rmse, mae, rmse_per_user")]
    [InlineData("rsme", true, "Did you mean rmse?")]
    [InlineData("ndgc@1", false, "did you mean 'ndcg'?")]
    public void Check_OtherKind_Throws(string metric, bool isRating, string expected) =>
        Should.Throw<FormatException>(() => MetricCatalog.BuiltIn.Parse([metric], isRating)).Message.ShouldContain(expected);

    [Fact]
    public void Check_RightKind_ParsesRankingMetrics()
    {
        MetricCatalog.BuiltIn.Parse(["ndcg@3"], isRating: false).ShouldBe([new NdcgMetric(3)]);
        MetricCatalog.BuiltIn.Parse(["rmse", "rmse_per_user", "rmse"], isRating: true).ShouldBe([new RmseMetric(), new UserRmseMetric()]);
    }

    [Fact]
    public void MetricValue_ByHand_IsMeanAndStandardError()
    {
        // Deviations −2, 0, 2: variance 8/2, over n: 4/3.
        var value = MetricValue.Of([1, 3, 5]);
        value.Mean.ShouldBe(3);
        value.StandardError.ShouldBe(Math.Sqrt(4.0 / 3), 1e-15);
        MetricValue.Of([7]).StandardError.ShouldBe(double.NaN);
    }

    [Fact]
    public void Register_MetricOfOnesOwn_IsFoundAndCanonical()
    {
        var catalog = new MetricCatalog();
        catalog.Register("first", k => new FirstMetric(k));
        catalog.Ranking("first@03").Name.ShouldBe("first@3");
        catalog.RankingNames.ShouldContain("first");
        MetricCatalog.BuiltIn.RankingNames.ShouldNotContain("first");
        Should.Throw<ArgumentException>(() => catalog.Register("first", k => new FirstMetric(k))).Message.ShouldContain("already");
        Should.Throw<ArgumentException>(() => catalog.Register("other", k => new FirstMetric(k))).Message.ShouldContain("'other@1'");
        Should.Throw<ArgumentException>(() => catalog.Register("First@", k => new FirstMetric(k))).Message.ShouldContain("lower-case");
        Should.Throw<InvalidOperationException>(() => MetricCatalog.BuiltIn.Register("first", k => new FirstMetric(k)));
    }

    private static double Value(string metric, ReadOnlySpan<bool> relevant, int heldOut) =>
        ((HitMetric)MetricCatalog.BuiltIn.Ranking(metric)).OfUser(new RankedList(new int[relevant.Length], relevant, new int[heldOut]));

    private sealed class FirstMetric(int k) : HitMetric("first", k)
    {
        protected internal override double OfHits(ReadOnlySpan<bool> relevant, int heldOut) => relevant is [true, ..] ? 1 : 0;
    }
}
