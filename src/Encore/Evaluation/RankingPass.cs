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
    private int[] _lists = [];
    private bool[] _relevant = []; // beside the lists
    private int[] _lengths = [];

    public RankingPass(string model, EvaluationSet set, EvaluationOptions options, int[] rows)
    {
        (_model, _set, _options, _rows) = (model, set, options, rows);
        _metrics = options.RankingMetrics();
        int items = set.History.Items.Count;
        _longest = Math.Min(items, Math.Max(options.CountItemsAt, _metrics.Max(m => m.K)));
        _place = Enumerable.Repeat(-1, set.Users).ToArray();
        for (int p = 0; p < rows.Length; p++)
        {
            _place[rows[p]] = p;
        }

        _values = [.. _metrics.Select(m => m.IsPerUser ? new double[rows.Length] : [])];
        _items = options.CountItemsAt > 0 ? new ItemCounts(options.CountItemsAt, new int[items], new int[items], new int[items]) : null;
        var context = new MetricContext { Items = set.History.Items, Train = options.Train };
        IMetricPass[] passes = [.. _metrics.Select(m => m.Begin(context))];
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
        if (_lengths.Length < count)
        {
            (_lists, _relevant, _lengths) = (new int[count * _longest], new bool[count * _longest], new int[count]);
        }

        _options.Compute.For(count, r =>
        {
            if (_place[start + r] >= 0)
            {
                _lengths[r] = Rank(start + r, scores.AsSpan(r * items, items), _lists.AsSpan(r * _longest, _longest));
                Measure(start + r, _lists.AsSpan(r * _longest, _lengths[r]), _relevant.AsSpan(r * _longest, _lengths[r]));
            }
        });

        // Counting is left to one thread: it is a small part, and the others would meet in the popular items.
        for (int r = 0; r < count; r++)
        {
            if (_place[start + r] >= 0)
            {
                var list = _lists.AsSpan(r * _longest, _lengths[r]);
                CountList(start + r, list, _relevant.AsSpan(r * _longest, list.Length));
                Tell(start + r, list, scores.AsSpan(r * items, items));
            }
        }
    }

    /// <summary>Takes a list that was ranked elsewhere, best first; −1 is an item that the catalogue lacks, which takes its
    /// place and is no hit.</summary>
    public void Take(int user, ReadOnlySpan<int> list)
    {
        var relevant = new bool[list.Length];
        Measure(user, list, relevant);
        CountList(user, list, relevant);
    }

    private void CountList(int user, ReadOnlySpan<int> list, ReadOnlySpan<bool> relevant)
    {
        var whole = new RankedList(list, relevant, _set.HeldOut.Csr.RowIndices(user));
        for (int m = 0; m < _ofLists.Length; m++)
        {
            _ofLists[m]?.Take(whole.First(_metrics[m].K));
        }

        if (_items is not null)
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
            Items = _items,
        };
    }

    // Compiled once, for speed, as the kernels are: an evaluation is over before the runtime would think of it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Rank(int user, Span<float> scores, Span<int> list)
    {
        if (_options.ExcludeSeen)
        {
            foreach (int item in _set.History.Csr.RowIndices(user))
            {
                // A seen item's NaN is an error too, so it must not vanish under the mask.
                scores[item] = float.IsNaN(scores[item]) ? float.NaN : float.NegativeInfinity;
            }
        }

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
    private void Measure(int user, ReadOnlySpan<int> list, Span<bool> relevant)
    {
        var held = _set.HeldOut.Csr.RowIndices(user);
        for (int r = 0; r < list.Length; r++)
        {
            relevant[r] = held.BinarySearch(list[r]) >= 0;
        }

        var whole = new RankedList(list, relevant, held);
        for (int m = 0; m < _ofUser.Length; m++)
        {
            if (_ofUser[m] is { } pass)
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
}
