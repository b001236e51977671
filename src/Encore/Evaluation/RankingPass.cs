using System.Runtime.CompilerServices;
using Encore.Metrics;
using Encore.Numerics;

namespace Encore.Evaluation;

/// <summary>Turns blocks of scores into per-user values and counts of recommended items.</summary>
internal sealed class RankingPass
{
    private readonly string _model;
    private readonly EvaluationSet _set;
    private readonly EvaluationOptions _options;
    private readonly int[] _rows;
    private readonly int[] _place; // where a row's values go, −1 for users with nothing held out
    private readonly double[][] _values;
    private readonly IReadOnlyList<RankingMetric> _metrics;
    private readonly IUserPass?[] _ofUser;   // beside the metrics: one of the two
    private readonly IListsPass?[] _ofLists;
    private readonly int _longest;
    private readonly ItemCounts? _items;
    private readonly int[] _others; // the items that are no candidates, ascending
    private readonly Lists _amongCandidates = new();
    private readonly Lists? _amongAll; // null where both lists are the same, or no metric asks
    private readonly int _shortest;
    private bool[] _areEqual = []; // beside the lists: whether all that could be listed has one score
    private bool[] _areTied = [];  // and whether ties decided what is in the shortest list
    private int _equalScores;
    private int _ties;

    public RankingPass(string model, EvaluationSet set, EvaluationOptions options, int[] rows)
    {
        (_model, _set, _options, _rows) = (model, set, options, rows);
        _metrics = options.RankingMetrics();
        int items = set.History.Items.Count;
        _longest = Math.Min(items, Math.Max(options.CountItemsAt, _metrics.Max(m => m.K)));
        _shortest = _metrics.Min(m => m.K);
        _place = Enumerable.Repeat(-1, set.Users).ToArray();
        for (int p = 0; p < rows.Length; p++)
        {
            _place[rows[p]] = p;
        }

        _values = [.. _metrics.Select(m => m.IsPerUser ? new double[rows.Length] : [])];
        _items = options.CountItemsAt > 0 ? new ItemCounts(options.CountItemsAt, new int[items], new int[items], new int[items]) : null;
        _others = set.Candidates is { } candidates ? [.. Enumerable.Range(0, items).Except(candidates)] : [];
        _amongAll = _others.Length > 0 && _metrics.Any(m => m.IsAmongAll) ? new Lists() : null;
        var all = new MetricContext { Items = set.History.Items, Train = options.Train };
        var chosen = new MetricContext { Items = set.History.Items, Candidates = set.Candidates, Train = options.Train };
        IMetricPass[] passes = [.. _metrics.Select(m => m.Begin(m.IsAmongAll ? all : chosen))];
        _ofUser = [.. _metrics.Zip(passes, (m, pass) => m.IsPerUser ? Is<IUserPass>(m, pass) : null)];
        _ofLists = [.. _metrics.Zip(passes, (m, pass) => m.IsPerUser ? null : Is<IListsPass>(m, pass))];

        static T Is<T>(RankingMetric metric, IMetricPass pass)
            where T : class, IMetricPass =>
            pass as T ?? throw new ArgumentException($"{metric.Name} began a pass of type {pass.GetType().Name}, expected an {typeof(T).Name}.");
    }

    /// <summary>Takes the scores [count, items] of the users from <paramref name="start"/> on; they are overwritten.</summary>
    public void Take(int start, int count, float[] scores)
    {
        int items = _set.History.Items.Count;
        _amongCandidates.Reserve(count, _longest);
        _amongAll?.Reserve(count, _longest);
        if (_areEqual.Length < count)
        {
            (_areEqual, _areTied) = (new bool[count], new bool[count]);
        }

        _options.Compute.For(count, r =>
        {
            if (_place[start + r] >= 0)
            {
                RankAndMeasure(start + r, scores.AsSpan(r * items, items), r);
            }
        });

        // Counting is left to one thread: it is a small part, and the others would meet in the popular items.
        for (int r = 0; r < count; r++)
        {
            if (_place[start + r] >= 0)
            {
                var (list, relevant) = _amongCandidates[r];
                CountList(start + r, list, relevant, isAmongAll: false);
                if (_amongAll is not null)
                {
                    CountList(start + r, _amongAll[r].Items, _amongAll[r].Relevant, isAmongAll: true);
                }

                _equalScores += _areEqual[r] ? 1 : 0;
                _ties += _areTied[r] ? 1 : 0;
                Tell(start + r, list, scores.AsSpan(r * items, items));
            }
        }
    }

    // Scored once, ranked twice: among all items, then with those masked that are no candidates.
    private void RankAndMeasure(int user, Span<float> scores, int r)
    {
        Mask(scores, _options.ExcludeSeen ? _set.History.Csr.RowIndices(user) : []);
        if (_amongAll is not null)
        {
            _amongAll.Lengths[r] = Math.Min(_longest, Rank(user, scores, _amongAll.Places(r)));
            Measure(user, _amongAll[r].Items, _amongAll[r].Relevant, isAmongAll: true);
        }

        Mask(scores, _others);
        var places = _amongCandidates.Places(r);
        int ranked = Rank(user, scores, places);
        _areTied[r] = ranked > _shortest && scores[places[_shortest - 1]] == scores[places[_shortest]];
        _amongCandidates.Lengths[r] = Math.Min(_longest, ranked);
        Measure(user, _amongCandidates[r].Items, _amongCandidates[r].Relevant, isAmongAll: false);
        _areEqual[r] = AreEqual(scores);
    }

    // A masked item's NaN is an error too, so it must not vanish under the mask.
    private static void Mask(Span<float> scores, ReadOnlySpan<int> items)
    {
        foreach (int item in items)
        {
            scores[item] = float.IsNaN(scores[item]) ? float.NaN : float.NegativeInfinity;
        }
    }

    // Whether at least two items could be listed and all have one score, so that ties alone make the list. Most models are
    // found out at the second item.
    private static bool AreEqual(ReadOnlySpan<float> scores)
    {
        int first = scores.IndexOfAnyExcept(float.NegativeInfinity), count = 0;
        for (int item = Math.Max(0, first); item < scores.Length; item++)
        {
            if (!float.IsNegativeInfinity(scores[item]))
            {
                if (scores[item] != scores[first])
                {
                    return false;
                }

                count++;
            }
        }

        return count > 1;
    }

    /// <summary>Takes a list that was ranked elsewhere, best first; −1 is an item that the catalogue lacks, which takes its
    /// place and is no hit.</summary>
    /// <param name="user">The user's row.</param>
    /// <param name="list">The list.</param>
    /// <param name="candidates">The list without items that are no candidates.</param>
    public void Take(int user, ReadOnlySpan<int> list, ReadOnlySpan<int> candidates)
    {
        bool[] relevant = new bool[candidates.Length];
        Measure(user, candidates, relevant, isAmongAll: false);
        CountList(user, candidates, relevant, isAmongAll: false);
        if (_amongAll is not null)
        {
            relevant = new bool[list.Length];
            Measure(user, list, relevant, isAmongAll: true);
            CountList(user, list, relevant, isAmongAll: true);
        }
    }

    // Whether a metric takes the lists of a kind; where there is one kind only, it is that of all metrics.
    private bool Takes(int metric, bool isAmongAll) => (_amongAll is not null && _metrics[metric].IsAmongAll) == isAmongAll;

    private void CountList(int user, ReadOnlySpan<int> list, ReadOnlySpan<bool> relevant, bool isAmongAll)
    {
        var whole = new RankedList(list, relevant, _set.HeldOut.Csr.RowIndices(user));
        for (int m = 0; m < _ofLists.Length; m++)
        {
            if (Takes(m, isAmongAll))
            {
                _ofLists[m]?.Take(whole.First(_metrics[m].K));
            }
        }

        if (_items is not null && !isAmongAll)
        {
            Count(list[..Math.Min(list.Length, _items.K)], user, _items);
        }
    }

    private void Tell(int user, ReadOnlySpan<int> list, ReadOnlySpan<float> scores)
    {
        if (_options.Lists is not { } take)
        {
            return;
        }

        float[] values = new float[list.Length];
        for (int r = 0; r < list.Length; r++)
        {
            values[r] = scores[list[r]];
        }

        take(user, list, values);
    }

    private void Count(ReadOnlySpan<int> list, int user, ItemCounts counts)
    {
        var held = _set.HeldOut.Csr.RowIndices(user);
        Count(held, counts.HeldOut);
        Count(list, counts.Listed);
        foreach (int item in list)
        {
            if (held.BinarySearch(item) >= 0)
            {
                counts.Found[item]++;
            }
        }
    }

    public EvaluationReport Report()
    {
        var metrics = new Dictionary<string, MetricValue>();
        var perUser = new Dictionary<string, double[]>();
        for (int m = 0; m < _values.Length; m++)
        {
            if (_metrics[m].IsPerUser)
            {
                metrics[_metrics[m].Name] = MetricValue.Of(_values[m]);
                perUser[_metrics[m].Name] = _values[m];
            }
            else
            {
                metrics[_metrics[m].Name] = new MetricValue(_ofLists[m]!.Value, double.NaN);
            }
        }

        return new EvaluationReport
        {
            Model = _model,
            Metrics = metrics,
            LowerIsBetter = _metrics.Distinct().ToDictionary(m => m.Name, m => m.LowerIsBetter),
            PerUser = perUser,
            UserRows = _rows,
            UsersWithoutHeldOut = _set.Users - _rows.Length,
            UsersWithEqualScores = _equalScores,
            UsersWithTies = _ties,
            Items = _items,
        };
    }

    // Compiled once, for speed, as the kernels are: an evaluation is over before the runtime would think of it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Rank(int user, ReadOnlySpan<float> scores, Span<int> list)
    {
        try
        {
            return TopK.Select(scores, list);
        }
        catch (ArgumentException)
        {
            int item = 0;
            while (!float.IsNaN(scores[item]))
            {
                item++;
            }

            throw new InvalidDataException(
                $"{_model}: the score of item {_set.History.Items[item]} for user {_set.History.Users[user]} is NaN; expected a number.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Measure(int user, ReadOnlySpan<int> list, Span<bool> relevant, bool isAmongAll)
    {
        var held = _set.HeldOut.Csr.RowIndices(user);
        for (int r = 0; r < list.Length; r++)
        {
            relevant[r] = held.BinarySearch(list[r]) >= 0;
        }

        var whole = new RankedList(list, relevant, held);
        for (int m = 0; m < _ofUser.Length; m++)
        {
            if (_ofUser[m] is { } pass && Takes(m, isAmongAll))
            {
                _values[m][_place[user]] = pass.OfUser(whole.First(_metrics[m].K));
            }
        }
    }

    private static void Count(ReadOnlySpan<int> items, int[] counts)
    {
        foreach (int item in items)
        {
            if (item >= 0)
            {
                counts[item]++;
            }
        }
    }

    // The lists of a block of users, each with a place for the first item that is not in it.
    private sealed class Lists
    {
        private int _width;
        private int[] _items = [];
        private bool[] _relevant = [];

        public int[] Lengths { get; private set; } = [];

        public (ArraySegment<int> Items, ArraySegment<bool> Relevant) this[int r] =>
            (new(_items, r * _width, Lengths[r]), new(_relevant, r * _width, Lengths[r]));

        public Span<int> Places(int r) => _items.AsSpan(r * _width, _width);

        public void Reserve(int count, int longest)
        {
            _width = longest + 1;
            if (Lengths.Length < count)
            {
                (_items, _relevant, Lengths) = (new int[count * _width], new bool[count * _width], new int[count]);
            }
        }
    }
}
