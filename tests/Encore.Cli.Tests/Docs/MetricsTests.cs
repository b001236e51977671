using System.Globalization;
using Encore.Evaluation;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Cli.Tests.Docs;

/// <summary>The worked examples of docs/metrics.md, computed; and no metric or protocol without its words.</summary>
public sealed class MetricsTests
{
    private static readonly IdMap Items = IdMap.From(["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]);

    [Fact]
    public void Ranking_Example_HasTheDocumentedValues()
    {
        // The list is B C D E F …; the user has met A, and C, F and H were held out.
        var set = new EvaluationSet(Matrix([["A"]]), Matrix([["C", "F", "H"]]));
        string[] documented = [.. Rows().Select(r => r.Name).Where(n => n.Contains('@', StringComparison.Ordinal))];
        var report = Evaluator.Evaluate(new InOrder(), set, new EvaluationOptions
        {
            Metrics = [.. documented.Select(MetricCatalog.BuiltIn.Ranking)],
            Train = Matrix([["A", "B", "C", "D"], ["A", "B", "C"], ["B", "E"], ["B", "F", "G", "H", "I", "J"]]),
        });
        documented.Select(name => name.Split('@')[0]).Distinct().ShouldBe(MetricCatalog.BuiltIn.RankingNames, ignoreOrder: true);
        foreach (var (name, value) in Rows().Where(r => documented.Contains(r.Name)))
        {
            report.Metrics[name].Mean.ToString("F4", CultureInfo.InvariantCulture).ShouldBe(value, name);
        }
    }

    [Fact]
    public void Rating_Example_HasTheDocumentedValues()
    {
        var held = new InteractionMatrix(IdMap.From(["u", "v"]), Items, new CsrMatrix(2, Items.Count, [0, 2, 3], [0, 1, 0], [5, 3, 2]));
        var known = new InteractionMatrix(held.Users, Items, new CsrMatrix(2, Items.Count, [0, 1, 2], [9, 9], [3, 3]));
        var report = Evaluator.EvaluateRatings(new FourThenThree(), new EvaluationSet(known, held));
        foreach (string name in MetricCatalog.BuiltIn.RatingNames)
        {
            report.Metrics[name].Mean.ToString("F4", CultureInfo.InvariantCulture).ShouldBe(Rows().Single(r => r.Name == name).Value, name);
        }
    }

    [Fact]
    public void Documents_MetricsAndProtocols_AreComplete()
    {
        foreach (string name in (string[])[.. MetricCatalog.BuiltIn.RankingNames, .. MetricCatalog.BuiltIn.RatingNames])
        {
            Document.Metrics.Lines.ShouldContain($"## {name}");
        }

        foreach (string name in Protocols.Names)
        {
            Document.Protocols.Lines.ShouldContain($"## {name}");
        }
    }

    // | `ndcg@5` | how it comes about | 0.4776 |
    private static IEnumerable<(string Name, string Value)> Rows() => Document.Metrics.Lines
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => (cells[1].Trim('`'), cells[3]));

    private static InteractionMatrix Matrix(string[][] rows)
    {
        int[] items = [.. rows.SelectMany(row => row.Select(Index))];
        int[] offsets = [0, .. rows.Select((_, r) => rows.Take(r + 1).Sum(row => row.Length))];
        return new InteractionMatrix(
            IdMap.From(rows.Select((_, r) => $"u{r}")), Items, new CsrMatrix(rows.Length, Items.Count, offsets, items, [.. items.Select(_ => 1f)]));
    }

    private static int Index(string item) => Items.TryGetIndex(item, out int index) ? index : throw new ArgumentException(item);

    /// <summary>Ranks the items in the order of the alphabet.</summary>
    private sealed class InOrder : IRecommender
    {
        public string Name => "in order";

        public IdMap Items => MetricsTests.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = -(i % Items.Count);
            }
        }
    }

    /// <summary>Predicts 4 for the item A and 3 for all others.</summary>
    private sealed class FourThenThree : IRatingPredictor
    {
        public string Name => "four, then three";

        public IdMap Items => MetricsTests.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
        {
            for (int k = 0; k < items.Length; k++)
            {
                predictions[k] = items[k] == 0 ? 4 : 3;
            }
        }
    }
}
