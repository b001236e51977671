using System.Text.Json;
using Encore.Evaluation;
using Encore.Metrics;
using Encore.Tests.Models;

namespace Encore.Tests.Metrics;

/// <summary>Values of an independent implementation: per user and in the mean, for four lengths.</summary>
public sealed class RankingGoldenTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllText(Repository.Golden("ranking_metrics"))).RootElement;

    [Theory]
    [InlineData("precision", "precision")]
    [InlineData("recall", "recall")]
    [InlineData("recall_capped", "recall_capped")]
    [InlineData("ndcg", "ndcg")]
    [InlineData("hit_rate", "hit_rate")]
    [InlineData("mrr", "reciprocal_rank")]
    [InlineData("map", "average_precision")]
    public void Evaluate_GoldenScores_AgreesForEachUser(string metric, string name)
    {
        var input = Golden.GetProperty("input");
        double[][] scores = input.GetProperty("scores").Deserialize<double[][]>()!;
        var history = Matrix(input.GetProperty("seen").Deserialize<int[][]>()!, scores[0].Length);
        var set = new EvaluationSet(history,
            Matrix(input.GetProperty("held_out").Deserialize<int[][]>()!, scores[0].Length));
        var expected = Golden.GetProperty("output").EnumerateObject().ToArray();
        expected.Length.ShouldBe(4);
        RankingMetric[] metrics = [.. expected.Select(k => MetricCatalog.BuiltIn.Ranking($"{metric}@{k.Name}"))];
        var model = new TableModel(history.Items, (u, i) => (float)scores[u][i]);
        var report = Evaluator.Evaluate(model, set, new EvaluationOptions { Metrics = metrics });
        foreach (var k in expected)
        {
            var value = k.Value.GetProperty(name);
            report.PerUser[$"{metric}@{k.Name}"]
                .ShouldBe(value.GetProperty("per_user").Deserialize<double[]>()!, 1e-14);
            report.Metrics[$"{metric}@{k.Name}"].Mean.ShouldBe(value.GetProperty("mean").GetDouble(), 1e-14);
        }
    }

    private static InteractionMatrix Matrix(int[][] rows, int items) =>
        TestMatrix.Of(rows.Length, items, (u, i) => rows[u].Contains(i) ? 1 : 0);
}
