namespace Encore.Evaluation;

/// <summary>What lists that were ranked elsewhere reached, and what was found in them.</summary>
public sealed class RankedListReport(EvaluationReport report)
{
    /// <summary>The metrics.</summary>
    public EvaluationReport Report { get; } = report;

    /// <summary>Evaluated users who have a list.</summary>
    public int UsersWithList { get; internal init; }

    /// <summary>Evaluated users without a list; each counts as an empty one.</summary>
    public int UsersWithoutList { get; internal init; }

    /// <summary>Lists of users who are not evaluated; they count for nothing.</summary>
    public int OtherUsers { get; internal init; }

    /// <summary>Listed items that the catalogue lacks; each takes its place and is no hit.</summary>
    public int UnknownItems { get; internal init; }

    /// <summary>Listed items that the user's history has; each takes its place and is no hit.</summary>
    public int SeenItems { get; internal init; }

    /// <summary>Listed items that are no candidates (<see cref="EvaluationSet.Candidates"/>); only metrics among all items look
    /// at them.</summary>
    public int OtherItems { get; internal init; }

    /// <summary>Lists that are shorter than the longest that a metric looks at, although more items could be listed.</summary>
    public int ShortLists { get; internal init; }

    internal sealed class Counts
    {
        private int _with;
        private int _unknown;
        private int _seen;
        private int _short;
        private int _others;

        public int Without { get; private set; }

        public void Add(ReadOnlySpan<int> list, bool given, ReadOnlySpan<int> history, int expected, int others)
        {
            if (!given)
            {
                Without++;
                return;
            }

            _with++;
            _others += others;
            _short += list.Length < expected ? 1 : 0;
            foreach (int item in list)
            {
                _unknown += item < 0 ? 1 : 0;
                _seen += item >= 0 && history.BinarySearch(item) >= 0 ? 1 : 0;
            }
        }

        public RankedListReport Report(EvaluationReport report, int lists) => new(report)
        {
            UsersWithList = _with,
            UsersWithoutList = Without,
            OtherUsers = lists - _with,
            UnknownItems = _unknown,
            SeenItems = _seen,
            OtherItems = _others,
            ShortLists = _short,
        };
    }
}
