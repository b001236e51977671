using Encore.Numerics;

namespace Encore.Tuning;

/// <summary>Says which setting to try next.</summary>
internal interface ISampler
{
    /// <summary>The places of a trial's values, one for each dimension: a function of the seed, the trial's number and the
    /// trials that it may know, and of nothing else.</summary>
    double[] Propose(int number, IReadOnlyList<Trial> known);
}

/// <summary>Draws each value by itself.</summary>
internal sealed class RandomSampler(SearchSpace space, ulong seed) : ISampler
{
    public double[] Propose(int number, IReadOnlyList<Trial> known)
    {
        var rng = new Rng(seed, (uint)number, 0x7265u);
        return [.. space.Dimensions.Select(d => Draw(d, ref rng))];
    }

    private static double Draw(Dimension d, ref Rng rng) => d.Kind == DimensionKind.Choice
        ? rng.NextInt32(d.Choices.Count)
        : d.Start + (rng.NextDouble() * (d.End - d.Start));
}

/// <summary>Tries every combination of the grid's values, the last dimension's first.</summary>
internal sealed class GridSampler(SearchSpace space) : ISampler
{
    public double[] Propose(int number, IReadOnlyList<Trial> known)
    {
        var at = new double[space.Dimensions.Count];
        long rest = number;
        for (int i = at.Length - 1; i >= 0; i--)
        {
            int points = space.Dimensions[i].Points;
            at[i] = space.Dimensions[i].Point((int)(rest % points));
            rest /= points;
        }

        return at;
    }
}

/// <summary>
/// The tree-structured Parzen estimator: of some draws from where the good trials lie the one at which their density
/// exceeds that of the others most; each dimension by itself. Bergstra et al., Algorithms for Hyper-Parameter
/// Optimization, NIPS 2011, section 4; bandwidths by the distance to neighbours and a prior over the whole range, as there.
/// </summary>
internal sealed class TpeSampler(SearchSpace space, ulong seed, bool lowerIsBetter) : ISampler
{
    // The share of good trials and the number of draws are those of the authors' program with more draws.
    private const int Startup = 10, Draws = 24, MostGood = 25;
    private const double Good = 0.1;

    private readonly RandomSampler _random = new(space, seed);

    public double[] Propose(int number, IReadOnlyList<Trial> known)
    {
        var ranked = Ranked(known);
        if (ranked.Length < Startup)
        {
            return _random.Propose(number, known);
        }

        int good = Math.Min(MostGood, (int)Math.Ceiling(Good * ranked.Length));
        var rng = new Rng(seed, (uint)number, 0x7470u);
        var at = new double[space.Dimensions.Count];
        for (int i = 0; i < at.Length; i++)
        {
            var d = space.Dimensions[i];
            double[] places = [.. ranked.Select(t => d.Of(t.Settings[d.Name]) ?? double.NaN)];
            at[i] = Best(d, [.. places[..good].Where(double.IsFinite)], [.. places[good..].Where(double.IsFinite)], ref rng);
        }

        return at;
    }

    // Complete trials by value; then those stopped early, the later the better; failures last.
    private Trial[] Ranked(IReadOnlyList<Trial> known)
    {
        double sign = lowerIsBetter ? 1 : -1;
        return [.. known
            .OrderBy(t => t.Status)
            .ThenByDescending(t => t.Status == TrialStatus.Complete ? 0 : t.Rungs.Count)
            .ThenBy(t => double.IsNaN(t.Value) ? double.PositiveInfinity : sign * t.Value)
            .ThenBy(t => t.Number)];
    }

    private static double Best(Dimension d, double[] good, double[] others, ref Rng rng)
    {
        if (d.Kind != DimensionKind.Choice && d.Start == d.End)
        {
            return d.Start;
        }

        double best = double.NaN, most = double.NegativeInfinity;
        if (d.Kind == DimensionKind.Choice)
        {
            double[] l = Chances(d, good), g = Chances(d, others);
            for (int k = 0; k < Draws; k++)
            {
                double u = rng.NextDouble();
                int c = 0;
                for (; c < l.Length - 1 && u >= l[c]; c++)
                {
                    u -= l[c];
                }

                if (Math.Log(l[c] / g[c]) is var gain && gain > most)
                {
                    (best, most) = (c, gain);
                }
            }

            return best;
        }

        var (inside, outside) = (new Parzen(d.Start, d.End, good), new Parzen(d.Start, d.End, others));
        for (int k = 0; k < Draws; k++)
        {
            double x = inside.Draw(ref rng);
            if (inside.LogDensity(x) - outside.LogDensity(x) is var gain && gain > most)
            {
                (best, most) = (x, gain);
            }
        }

        return best;
    }

    // Counts and one of each.
    private static double[] Chances(Dimension d, double[] at)
    {
        var chances = new double[d.Choices.Count];
        Array.Fill(chances, 1.0 / (at.Length + chances.Length));
        foreach (double c in at)
        {
            chances[(int)c] += 1.0 / (at.Length + chances.Length);
        }

        return chances;
    }
}

/// <summary>A mixture of normal densities, one at each place and a wide one in the middle, cut off at the ends.</summary>
internal sealed class Parzen
{
    private readonly double _low, _high;
    private readonly double[] _means, _deviations, _inside;

    public Parzen(double low, double high, double[] places)
    {
        (_low, _high) = (low, high);
        double range = high - low, middle = (low + high) / 2;
        _means = [.. places.Append(middle).Order()];
        _deviations = new double[_means.Length];
        _inside = new double[_means.Length];
        double least = range / Math.Min(100, 1 + _means.Length);
        for (int i = 0; i < _means.Length; i++)
        {
            double left = _means[i] - (i > 0 ? _means[i - 1] : low), right = (i < _means.Length - 1 ? _means[i + 1] : high) - _means[i];
            _deviations[i] = Math.Clamp(Math.Max(left, right), least, range);
        }

        _deviations[Array.IndexOf(_means, middle)] = range;
        for (int i = 0; i < _means.Length; i++)
        {
            _inside[i] = Math.Max(1e-12, Cumulative((high - _means[i]) / _deviations[i]) - Cumulative((low - _means[i]) / _deviations[i]));
        }
    }

    public double Draw(ref Rng rng)
    {
        int i = rng.NextInt32(_means.Length);
        while (true)
        {
            // A mean lies inside, so that at least every other draw or so does.
            double x = _means[i] + (_deviations[i] * rng.NextGaussian());
            if (x >= _low && x <= _high)
            {
                return x;
            }
        }
    }

    public double LogDensity(double x)
    {
        double sum = 0;
        for (int i = 0; i < _means.Length; i++)
        {
            double z = (x - _means[i]) / _deviations[i];
            sum += Math.Exp(-0.5 * z * z) / (_deviations[i] * Math.Sqrt(2 * Math.PI) * _inside[i]);
        }

        return Math.Log(Math.Max(double.Epsilon, sum / _means.Length));
    }

    // Abramowitz and Stegun 7.1.26, to 1e-7.
    internal static double Cumulative(double z)
    {
        double x = Math.Abs(z) / Math.Sqrt(2), t = 1 / (1 + (0.3275911 * x));
        double erf = 1 - (((((((((1.061405429 * t) - 1.453152027) * t) + 1.421413741) * t) - 0.284496736) * t) + 0.254829592) * t * Math.Exp(-x * x));
        return 0.5 * (1 + (Math.Sign(z) * erf));
    }
}
