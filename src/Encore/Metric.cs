namespace Encore;

/// <summary>What an evaluation measures: the quality of ranked lists (<see cref="Metrics.RankingMetric"/>) or of predicted ratings
/// (<see cref="Metrics.RatingMetric"/>).</summary>
public abstract class Metric : IEquatable<Metric>
{
    /// <summary>The name in tables and results, such as <c>ndcg@100</c> or <c>rmse</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether smaller values are better. Default false.</summary>
    public virtual bool LowerIsBetter => false;

    /// <summary>Whether each user has a value of its own, so that models can be compared user by user. Default true.</summary>
    public virtual bool IsPerUser => true;

    /// <summary>Whether a value is better than another.</summary>
    public bool IsBetter(double value, double than) => LowerIsBetter ? value < than : value > than;

    /// <inheritdoc cref="Name"/>
    public sealed override string ToString() => Name;

    /// <summary>Two metrics are equal when they are of one type and have one name.</summary>
    public bool Equals(Metric? other) => other is not null && other.GetType() == GetType() && other.Name == Name;

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Metric);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
