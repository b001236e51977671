using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using OwnModel;

namespace Encore.Testing.Tests;

/// <summary>The plain evaluator and the fast one agree on every metric, on any data.</summary>
public sealed class PlainEvaluatorTests
{
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 5, true)]
    [InlineData(3, 5, false)]
    [InlineData(4, 100, true)]
    public void Evaluate_EveryMetric_IsTheFastEvaluators(ulong seed, int k, bool excludeSeen)
    {
        var registry = new Registry();
        new OwnPlugin().Register(registry);
        var train = Matrix(seed, 40, 25, 0.3, null);
        var held = Matrix(seed + 100, 40, 25, 0.1, train);
        var set = seed % 2 == 0 ? new EvaluationSet(train, held) : new EvaluationSet(train, held) { Candidates = [.. Enumerable.Range(0, 25).Where(i => i % 3 == 0 || held.Csr.ColumnCounts()[i] > 0)] };
        RankingMetric[] metrics = [.. registry.Metrics.RankingNames.SelectMany(name => (string[])[name, "all_" + name]).Select(name => registry.Metrics.Ranking($"{name}@{k}"))];
        metrics.Length.ShouldBe(2 * (MetricCatalog.BuiltIn.RankingNames.Count + 1));
        foreach (IRecommender model in (IRecommender[])[new Popularity(), new Ease(new EaseOptions { L2 = 3 })]) // many ties, and few
        {
            model.Fit(train);
            var fast = Evaluator.Evaluate(model, set, new EvaluationOptions { Metrics = metrics, Train = train, ExcludeSeen = excludeSeen }, TestContext.Current.CancellationToken);
            var plain = PlainEvaluator.Evaluate(model, set, metrics, train, excludeSeen);
            plain.Count.ShouldBe(metrics.Length);
            foreach (var (name, value) in plain)
            {
                fast.Metrics[name].Mean.ShouldBe(value, 1e-12, name);
            }
        }
    }

    [Fact]
    public void Evaluate_ByHand_IsRight()
    {
        // The model ranks 0, 1, 2, 3, 4; the user has seen 0, and 2 and 4 are held out: the list is 1, 2, 3.
        var history = Of(1, 5, [(0, 0)]);
        var found = PlainEvaluator.Evaluate(new InOrder(history.Items), new EvaluationSet(history, Of(1, 5, [(0, 2), (0, 4)])), [new NdcgMetric(3), new PrecisionMetric(3), new ReciprocalRankMetric(3)]);
        found["precision@3"].ShouldBe(1 / 3.0, 1e-15);
        found["mrr@3"].ShouldBe(0.5);
        found["ndcg@3"].ShouldBe((1 / Math.Log2(3)) / (1 + (1 / Math.Log2(3))), 1e-15);
    }

    [Fact]
    public void Evaluate_NothingHeldOut_IsRefused()
    {
        var history = Of(1, 5, [(0, 0)]);
        Should.Throw<ArgumentException>(() => PlainEvaluator.Evaluate(new InOrder(history.Items), new EvaluationSet(history, Of(1, 5, [])), [new NdcgMetric(3)])).Message.ShouldContain("held out");
        Should.Throw<ArgumentException>(() => PlainEvaluator.Evaluate(new InOrder(history.Items), new EvaluationSet(history, Of(1, 5, [(0, 1)])), [new NoveltyMetric(3)])).Message.ShouldContain("needs the training data");
    }

    private static InteractionMatrix Matrix(ulong seed, int users, int items, double density, InteractionMatrix? except) => Of(users, items,
    [
        .. from u in Enumerable.Range(0, users)
           from i in Enumerable.Range(0, items)
           where new Rng(seed, (uint)u, (uint)i).NextDouble() < density && u != 2 && except?.Csr.RowIndices(u).Contains(i) != true
           select (u, i),
    ]);

    private static InteractionMatrix Of(int users, int items, (int User, int Item)[] entries) => new(
        IdMap.FromSorted([.. Enumerable.Range(1, users).Select(id => (long)id)]), IdMap.FromSorted([.. Enumerable.Range(1, items).Select(id => (long)id)]),
        CsrMatrix.FromEntries(users, items, [.. entries.Select(e => e.User)], [.. entries.Select(e => e.Item)], [.. entries.Select(_ => 1f)]));

    private sealed class InOrder(IdMap items) : IRecommender
    {
        public string Name => "In order";

        public IdMap Items => items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Score(Histories histories, Span<float> scores)
        {
            for (int k = 0; k < scores.Length; k++)
            {
                scores[k] = -(k % items.Count);
            }
        }
    }
}
