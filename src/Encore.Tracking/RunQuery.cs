namespace Encore.Tracking;

/// <summary>
/// Which runs are meant, such as <c>model=multvae and (ndcg@100>.41 or tag=best)</c>: comparisons of a name
/// (<see cref="RunField"/>) with a value by <c>= != &gt; &gt;= &lt; &lt;=</c> and <c>~</c> (contains), joined by <c>and</c>,
/// <c>or</c>, <c>not</c> and parentheses; <c>not</c> binds closest, <c>or</c> loosest. Text compares in any case, names of models
/// without their hyphens. A comparison with a metric, option or key that a run has not is false, <c>!=</c> too. Names and
/// values stand in quotes where they hold blanks, parentheses or signs.
/// </summary>
public sealed class RunQuery
{
    private readonly RunCondition _condition;
    private readonly TimeProvider _time;

    private RunQuery(RunCondition condition, TimeProvider time) => (_condition, _time) = (condition, time);

    /// <summary>Reads a query.</summary>
    /// <param name="text">The query.</param>
    /// <param name="time">The clock, for how long runs have been running; null: the system's.</param>
    /// <exception cref="FormatException">The text is no query; the message says where, what was found and what was
    /// expected. Positions count from 1.</exception>
    public static RunQuery Parse(string text, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new RunQuery(new RunQueryText(text).Parse(), time ?? TimeProvider.System);
    }

    /// <summary>Whether a run is meant.</summary>
    public bool Matches(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _condition.Matches(run, _time.GetUtcNow());
    }

    /// <summary>Makes sure that the names mean something.</summary>
    /// <param name="runs">All the runs that there are; none: nothing is wrong.</param>
    /// <exception cref="FormatException">A name is no field and no run has it, or a metric is compared with what is no
    /// number.</exception>
    public void Check(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var now = _time.GetUtcNow();
        foreach (var comparison in _condition.Comparisons)
        {
            comparison.Check(runs, now);
        }
    }

    /// <summary>Those of the runs that are meant, in their order.</summary>
    /// <exception cref="FormatException">As <see cref="Check"/>.</exception>
    public IReadOnlyList<Run> Select(IReadOnlyList<Run> runs)
    {
        Check(runs);
        return [.. runs.Where(Matches)];
    }

    /// <summary>The query, in a form that reads back to the same.</summary>
    public override string ToString() => _condition.ToString();
}
