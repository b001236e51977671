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
    private readonly double[] _novelty = [];
    private readonly int[][] _recommended; // by metric, how often each item was listed; for coverage and gini
    private readonly int _longest;
    private readonly ItemCounts? _items;
    private int[] _lists = [];
    private int[] _lengths = [];

    public RankingPass(string model, EvaluationSet set, EvaluationOptions options, int[] rows)
    {
        (_model, _set, _options, _rows) = (model, set, options, rows);
        if (options.Metrics.Count == 0)
        {
            throw new ArgumentException("Found no metric, expected at least one.", nameof(options));
        }

        int items = set.History.Items.Count;
        _longest = Math.Min(items, Math.Max(options.CountItemsAt, options.Metrics.Max(m => m.K)));
        _place = Enumerable.Repeat(-1, set.Users).ToArray();
        for (int p = 0; p < rows.Length; p++)
        {
            _place[rows[p]] = p;
        }

        _values = [.. options.Metrics.Select(m => m.IsPerUser ? new double[rows.Length] : [])];
        _recommended = [.. options.Metrics.Select(m => m.IsPerUser ? [] : new int[items])];
        _items = options.CountItemsAt > 0 ? new ItemCounts(options.CountItemsAt, new int[items], new int[items], new int[items]) : null;
        if (options.Metrics.Any(m => m.Kind == RankingMetricKind.Novelty))
        {
            var train = options.Train ?? throw new ArgumentException(
                "novelty needs the training data's popularity: set EvaluationOptions.Train.", nameof(options));
            _novelty = train.Items.HasSameIds(set.History.Items) ? Novelty(train) : throw new InvalidDataException(
                $"novelty: the training data has {train.Items.Count} items, the histories have {items} with other ids; expected the same items in the same order.");
        }
    }

    /// <summary>Takes the scores [count, items] of the users from <paramref name="start"/> on; they are overwritten.</summary>
    public void Take(int start, int count, float[] scores)
    {
        int items = _set.History.Items.Count;
        if (_lengths.Length < count)
        {
            (_lists, _lengths) = (new int[count * _longest], new int[count]);
        }

        Workers.For(count, r =>
        {
            if (_place[start + r] >= 0)
            {
                _lengths[r] = Rank(start + r, scores.AsSpan(r * items, items), _lists.AsSpan(r * _longest, _longest));
                Measure(start + r, _lists.AsSpan(r * _longest, _lengths[r]));
            }
        });

        // Counting is left to one thread: it is a small part, and the others would meet in the popular items.
        for (int r = 0; r < count; r++)
        {
            if (_place[start + r] >= 0)
            {
                var list = _lists.AsSpan(r * _longest, _lengths[r]);
                CountList(start + r, list);
                Tell(start + r, list, scores.AsSpan(r * items, items));
            }
        }
    }

    /// <summary>Takes a list that was ranked elsewhere, best first; −1 is an item that the catalogue lacks, which takes its
    /// place and is no hit.</summary>
    public void Take(int user, ReadOnlySpan<int> list)
    {
        Measure(user, list);
        CountList(user, list);
    }

    private void CountList(int user, ReadOnlySpan<int> list)
    {
        for (int m = 0; m < _recommended.Length; m++)
        {
            if (!_options.Metrics[m].IsPerUser)
            {
                Count(list[..Math.Min(list.Length, _options.Metrics[m].K)], _recommended[m]);
            }
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
            var metric = _options.Metrics[m];
            if (metric.IsPerUser)
            {
                metrics[metric.ToString()] = MetricValue.Of(_values[m]);
                perUser[metric.ToString()] = _values[m];
            }
            else
            {
                double value = metric.Kind == RankingMetricKind.Gini ? Gini(_recommended[m])
                    : (double)_recommended[m].Count(c => c > 0) / _recommended[m].Length;
                metrics[metric.ToString()] = new MetricValue(value, double.NaN);
            }
        }

        return new EvaluationReport
        {
            Model = _model,
            Metrics = metrics,
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
    private void Measure(int user, ReadOnlySpan<int> list)
    {
        var held = _set.HeldOut.Csr.RowIndices(user);
        Span<bool> relevant = list.Length <= 1024 ? stackalloc bool[list.Length] : new bool[list.Length];
        for (int r = 0; r < list.Length; r++)
        {
            relevant[r] = held.BinarySearch(list[r]) >= 0;
        }

        for (int m = 0; m < _values.Length; m++)
        {
            var metric = _options.Metrics[m];
            if (metric.Kind == RankingMetricKind.Novelty)
            {
                _values[m][_place[user]] = MeanNovelty(list[..Math.Min(list.Length, metric.K)]);
            }
            else if (metric.IsPerUser)
            {
                _values[m][_place[user]] = metric.OfUser(relevant, held.Length);
            }
        }
    }

    // A list without items has nothing new in it.
    private double MeanNovelty(ReadOnlySpan<int> list)
    {
        double sum = 0;
        foreach (int item in list)
        {
            sum += item >= 0 ? _novelty[item] : Math.Log2(_options.Train!.Users.Count); // as of an item that one user has
        }

        return list.Length == 0 ? 0 : sum / list.Length;
    }

    private static double[] Novelty(InteractionMatrix train)
    {
        return [.. train.Csr.ColumnCounts().Select(c => -Math.Log2((double)Math.Max(1, c) / train.Users.Count))];
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

    // Σ (2i − n − 1)·c_i / (n·Σ c) over the counts in ascending order, i from 1.
    private static double Gini(int[] counts)
    {
        int[] sorted = [.. counts.Order()];
        double n = sorted.Length, weighted = 0, total = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            weighted += ((2 * (i + 1)) - n - 1) * sorted[i];
            total += sorted[i];
        }

        return total == 0 ? 0 : weighted / (n * total);
    }
}
