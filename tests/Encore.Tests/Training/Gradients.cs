using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Holds gradients against central differences in double precision.</summary>
internal static class Gradients
{
    // The error of a central difference is about h²·f‴ + ε·f/h: near its least at ε^(1/3).
    private const double Step = 1e-5;

    /// <summary>Compares every parameter's gradient with differences of the loss, penalties included.</summary>
    /// <param name="parameters">The parameters; at most <paramref name="samples"/> numbers of each are tried.</param>
    /// <param name="loss">Computes the loss without penalties, and the gradients.</param>
    /// <param name="tolerance">Largest |difference| / max(1, |expected|).</param>
    /// <param name="samples">Numbers of a parameter that are tried.</param>
    public static void ShouldMatchDifferences(
        IReadOnlyList<Parameter<double>> parameters, Func<double> loss, double tolerance = 1e-6, int samples = 40)
    {
        double Total() => loss() + parameters.Sum(p => p.PenaltyLoss());
        Total();
        double[][] gradients = [.. parameters.Select(p => p.Gradient.Zip(p.Value, (g, w) => g + (p.Penalty * w)).ToArray())];
        for (int p = 0; p < parameters.Count; p++)
        {
            var value = parameters[p].Value;
            int stride = Math.Max(1, value.Length / samples);
            for (int i = 0; i < value.Length; i += stride)
            {
                double before = value[i];
                value[i] = before + Step;
                double above = Total();
                value[i] = before - Step;
                double below = Total();
                value[i] = before;
                double expected = (above - below) / (2 * Step);
                (Math.Abs(gradients[p][i] - expected) / Math.Max(1, Math.Abs(expected)))
                    .ShouldBeLessThan(tolerance, $"{parameters[p].Name}[{i}]: found {gradients[p][i]}, expected {expected}");
            }
        }
    }

    /// <summary>Fills parameters with numbers of the size of trained weights.</summary>
    public static void Fill<T>(IEnumerable<Parameter<T>> parameters, ulong seed, double scale = 0.3)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        ulong stream = 0;
        foreach (var parameter in parameters)
        {
            var rng = new Rng(seed, stream++);
            foreach (ref T w in parameter.Value.AsSpan())
            {
                w = T.CreateTruncating(scale * rng.NextGaussian());
            }
        }
    }

    /// <summary>A random sparse batch; rows listed in <paramref name="empty"/> have no entries.</summary>
    public static SparseBatch<T> Batch<T>(ulong seed, int rows, int columns, Func<Rng, double> value, double density = 0.4, params int[] empty)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var batch = new SparseBatch<T>(columns);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                var rng = new Rng(seed, (uint)r, (uint)c);
                if (rng.NextDouble() < density && !empty.Contains(r))
                {
                    batch.Add(c, T.CreateTruncating(value(rng)));
                }
            }

            batch.EndRow();
        }

        return batch;
    }
}
