using System.Globalization;

namespace Encore.Metrics;

/// <summary>
/// A metric of ranked lists with its cut-off, written as in <c>ndcg@100</c>. Notation: a user's list holds the k best items
/// that the user has not seen, rel(r) is 1 where the item at rank r (from 1) was held out, h is the number of held-out
/// items.
/// </summary>
/// <param name="kind">The name before the @, such as <c>ndcg</c>.</param>
/// <param name="k">Length of the lists, at least 1. Lists are shorter where fewer unseen items exist.</param>
/// <exception cref="ArgumentException">k is below 1.</exception>
public abstract class RankingMetric(string kind, int k) : Metric
{
    /// <summary>The name before the @, such as <c>ndcg</c>.</summary>
    public string Kind { get; } = kind;

    /// <summary>Length of the lists, at least 1.</summary>
    public int K { get; } = k >= 1 ? k : throw new ArgumentException($"Found k = {k}, expected at least 1.", nameof(k));

    /// <inheritdoc/>
    public sealed override string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{kind}@{k}");

    /// <summary>Whether the list is the one among all items where an evaluation set has candidates
    /// (<see cref="EvaluationSet.Candidates"/>), rather than the one among those. Default false.</summary>
    public virtual bool IsAmongAll => false;

    /// <summary>Prepares a pass over the lists of many users.</summary>
    /// <param name="context">What the lists are made of.</param>
    /// <returns>An <see cref="IUserPass"/> where <see cref="Metric.IsPerUser"/>, else an <see cref="IListsPass"/>.</returns>
    /// <exception cref="ArgumentException">The context lacks what the metric needs.</exception>
    public abstract IMetricPass Begin(MetricContext context);
}

/// <summary>What a metric may look at beside the lists.</summary>
public sealed class MetricContext
{
    /// <summary>All items, by column.</summary>
    public required IdMap Items { get; init; }

    /// <summary>The items that are ranked, as ascending columns; null: all.</summary>
    public int[]? Candidates { get; init; }

    /// <summary>The training data, [users, items]; null: not given.</summary>
    public InteractionMatrix? Train { get; init; }
}

/// <summary>A user's ranked list.</summary>
/// <param name="items">Items by index, best first; −1 is an item that the catalogue lacks, which takes its place and is no
/// hit.</param>
/// <param name="relevant">rel(r) beside <paramref name="items"/>.</param>
/// <param name="heldOut">The user's held-out items, ascending; at least one.</param>
public readonly ref struct RankedList(ReadOnlySpan<int> items, ReadOnlySpan<bool> relevant, ReadOnlySpan<int> heldOut)
{
    /// <summary>Items by index, best first; −1 is an item that the catalogue lacks.</summary>
    public ReadOnlySpan<int> Items { get; } = items;

    /// <summary>rel(r): whether each item of the list was held out.</summary>
    public ReadOnlySpan<bool> Relevant { get; } = relevant;

    /// <summary>The user's held-out items, ascending; at least one.</summary>
    public ReadOnlySpan<int> HeldOut { get; } = heldOut;

    /// <summary>The first k items of the list, or all where it is shorter.</summary>
    public RankedList First(int k) => Items.Length <= k ? this : new RankedList(Items[..k], Relevant[..k], HeldOut);
}

/// <summary>A metric's pass over lists.</summary>
public interface IMetricPass;

/// <summary>A pass that finds a value for each user; asked on any number of threads.</summary>
public interface IUserPass : IMetricPass
{
    /// <summary>The value of a user.</summary>
    /// <param name="list">The list, at most k items long.</param>
    double OfUser(in RankedList list);
}

/// <summary>A pass that finds one value for all lists together; one thread, users in ascending order.</summary>
public interface IListsPass : IMetricPass
{
    /// <summary>Takes a user's list.</summary>
    /// <param name="list">The list, at most k items long.</param>
    void Take(in RankedList list);

    /// <summary>The value of the lists so far.</summary>
    double Value { get; }
}

/// <summary>A ranking metric that is a function of a user's hits.</summary>
/// <param name="kind">The name before the @.</param>
/// <param name="k">Length of the lists, at least 1.</param>
public abstract class HitMetric(string kind, int k) : RankingMetric(kind, k), IUserPass
{
    /// <inheritdoc/>
    public sealed override IMetricPass Begin(MetricContext context) => this;

    /// <inheritdoc/>
    public double OfUser(in RankedList list)
    {
        var relevant = list.Relevant;
        return OfHits(relevant.Length > K ? relevant[..K] : relevant, list.HeldOut.Length);
    }

    /// <summary>The value of a user.</summary>
    /// <param name="relevant">rel(r) of the list, best first, at most k long.</param>
    /// <param name="heldOut">h, at least 1.</param>
    protected internal abstract double OfHits(ReadOnlySpan<bool> relevant, int heldOut);
}
