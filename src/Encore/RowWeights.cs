namespace Encore;

/// <summary>The weights of a matrix in the making, in the order in which its rows' interactions come.</summary>
internal sealed class RowWeights
{
    // Beyond so many half-lives an interaction loses no more weight, so that it still is one: in single precision a user's
    // whole history would become 0.
    private const double MostHalfLives = 60;

    private readonly InteractionWeighting _weighting;
    private readonly List<float> _confidences = [];
    private readonly List<double> _days = [];

    private RowWeights(InteractionWeighting weighting) => _weighting = weighting;

    /// <summary>For interactions of some logs; null where none of them is weighted.</summary>
    /// <exception cref="ArgumentException">The logs are weighted in several ways.</exception>
    public static RowWeights? For(params ReadOnlySpan<Interactions> logs)
    {
        foreach (var log in logs)
        {
            if (!Equals(log.Weighting, logs[0].Weighting))
            {
                throw new ArgumentException($"Found interactions that are {Words(logs[0])} and others that are {Words(log)}, expected one way for all parts.", nameof(logs));
            }
        }

        return logs[0].Weighting is { } weighting ? new RowWeights(weighting) : null;

        static string Words(Interactions log) => log.Weighting?.ToString() ?? "all alike";
    }

    /// <summary>Adds an interaction.</summary>
    /// <param name="log">Its log, one of those that this is for.</param>
    /// <param name="place">Its place there.</param>
    public void Add(Interactions log, int place)
    {
        _confidences.Add(log.Confidences.IsEmpty ? 1 : log.Confidences[place]);
        if (_weighting.HalfLife is not null)
        {
            _days.Add(log.Times[place] / PerDay(log.TimeUnit));
        }
    }

    /// <summary>The weights of the interactions that were added.</summary>
    /// <param name="offsets">Where each row begins, and the end of the last.</param>
    /// <param name="order">For each interaction in the order of the matrix, its place in the order of adding.</param>
    public InteractionWeights Finish(ReadOnlySpan<int> offsets, ReadOnlySpan<int> order)
    {
        var values = new float[order.Length];
        if (_weighting.HalfLife is not { } halfLife)
        {
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = _confidences[order[k]];
            }

            return new InteractionWeights(values) { Weighting = _weighting };
        }

        var inputs = new float[order.Length];
        double last = _days.Count == 0 ? 0 : _days.Max();
        for (int row = 0; row + 1 < offsets.Length; row++)
        {
            double lastOfRow = double.NegativeInfinity;
            for (int k = offsets[row]; k < offsets[row + 1]; k++)
            {
                lastOfRow = Math.Max(lastOfRow, _days[k]);
            }

            for (int k = offsets[row]; k < offsets[row + 1]; k++)
            {
                double day = _days[order[k]];
                values[k] = (float)(_confidences[order[k]] * Left(last - day, halfLife));
                inputs[k] = (float)Left(lastOfRow - day, halfLife);
            }
        }

        return new InteractionWeights(values, inputs) { Weighting = _weighting };
    }

    private static double Left(double days, double halfLife) => Math.Pow(2, -Math.Min(MostHalfLives, days / halfLife));

    private static double PerDay(TimeUnit unit) => unit switch
    {
        TimeUnit.Nanoseconds => 86_400e9,
        TimeUnit.Microseconds => 86_400e6,
        TimeUnit.Milliseconds => 86_400e3,
        _ => 86_400,
    };
}
