using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>Which runs the list shows, in which order: what its address says.</summary>
internal sealed record RunFilter
{
    /// <summary>Words that a run has, or a query (<see cref="RunQuery"/>).</summary>
    public string Text { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Model { get; init; } = "";

    public string Status { get; init; } = "";

    public string Data { get; init; } = "";

    /// <summary>The column, with a minus before it for falling order.</summary>
    public string Sort { get; init; } = "-started";

    /// <summary>Whether all runs are shown; if not, those that belong to another stand below it. With a filter all that
    /// match are shown, wherever they belong.</summary>
    public bool IsFlat => Text.Length + Kind.Length + Model.Length + Status.Length + Data.Length > 0;

    public string Column => Sort.TrimStart('-');

    public bool Falls => Sort.StartsWith('-');

    /// <summary>The other direction of a column that is sorted by, or a column's usual one.</summary>
    public RunFilter By(string column) => this with
    {
        Sort = Column == column ? (Falls ? column : "-" + column) : column is "started" or "metric" or "validation" or "epochs" or "duration" ? "-" + column : column,
    };

    /// <summary>The runs to list.</summary>
    /// <param name="list">All runs.</param>
    /// <param name="keyOf">What to sort by.</param>
    /// <param name="time">The clock.</param>
    /// <param name="error">What is wrong with the query, which then leaves nothing out; null: nothing.</param>
    public IReadOnlyList<Run> Select(RunList list, Func<Run, IComparable?> keyOf, TimeProvider time, out string? error)
    {
        var meant = Meant(list, time, out error);
        var runs = list.Runs.Where(r => IsFlat ? Matches(r) && meant(r) : list.Find(r.Description.Parent) is null);
        if (Column == "started")
        {
            return Falls ? [.. runs] : [.. runs.Reverse()];
        }

        // Those that have no such value come last either way.
        var keyed = runs.Select(r => (Run: r, Key: keyOf(r))).ToArray();
        var known = keyed.Where(k => k.Key is not null);
        return [.. (Falls ? known.OrderByDescending(k => k.Key) : known.OrderBy(k => k.Key)).Concat(keyed.Where(k => k.Key is null)).Select(k => k.Run)];
    }

    private bool Matches(Run run)
    {
        var about = run.Description;
        return (Kind.Length == 0 || about.Kind == Kind) && (Model.Length == 0 || about.Model == Model)
            && (Status.Length == 0 || run.Status.ToString().Equals(Status, StringComparison.OrdinalIgnoreCase))
            && (Data.Length == 0 || about.Data?.Source == Data);
    }

    // A query compares something with something; all else is words.
    private Func<Run, bool> Meant(RunList list, TimeProvider time, out string? error)
    {
        error = null;
        if (Text.AsSpan().IndexOfAny("=<>~") < 0)
        {
            string[] words = Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return run => words.All(word => Words(run).Any(w => w.Contains(word, StringComparison.OrdinalIgnoreCase)));
        }

        try
        {
            var query = RunQuery.Parse(Text, time);
            query.Check(list.Runs);
            return query.Matches;
        }
        catch (FormatException fault)
        {
            error = fault.Message;
            return _ => true;
        }
    }

    private static IEnumerable<string> Words(Run run) =>
        [run.Id, run.Description.Name, run.Description.Model ?? "", run.Description.Kind, run.Description.Data?.Source ?? "", run.Description.Protocol ?? "", .. run.Description.Tags];
}
