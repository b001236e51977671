using Encore.Metrics;

namespace Encore;

/// <summary>What an evaluation found.</summary>
public sealed record EvaluationReport
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Each metric's mean and standard error by name, such as <c>ndcg@100</c> or <c>rmse</c>.</summary>
    public required IReadOnlyDictionary<string, MetricValue> Metrics { get; init; }

    /// <summary>Per-user values by metric name, beside <see cref="UserRows"/>; metrics without them are absent.</summary>
    public required IReadOnlyDictionary<string, double[]> PerUser { get; init; }

    /// <summary>Row of each evaluated user in the evaluation set, ascending.</summary>
    public required int[] UserRows { get; init; }

    /// <summary>Number of evaluated users.</summary>
    public int Users => UserRows.Length;

    /// <summary>Users left out because nothing of them was held out.</summary>
    public required int UsersWithoutHeldOut { get; init; }
}
