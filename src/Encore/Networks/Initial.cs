using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Encore.Networks;

/// <summary>First values of parameters. Each parameter draws from a stream of its own.</summary>
[Experimental(Preview.Networks)]
public static class Initial
{
    /// <summary>Uniform in ±√(6 / (inputs + outputs)) (Glorot &amp; Bengio 2010, "Xavier").</summary>
    public static void Xavier<T>(Parameter<T> parameter, ulong seed, int stream)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double bound = Math.Sqrt(6.0 / (parameter.Rows + parameter.Columns));
        Uniform(parameter, bound, seed, stream);
    }

    /// <summary>Uniform in ±<paramref name="bound"/>.</summary>
    public static void Uniform<T>(Parameter<T> parameter, double bound, ulong seed, int stream)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var rng = Streams.Of(seed, Purpose.Initial, stream, 0);
        foreach (ref T w in parameter.Value.AsSpan())
        {
            w = T.CreateTruncating(bound * ((2 * rng.NextDouble()) - 1));
        }
    }

    /// <summary>Normal with mean 0, drawn again outside two standard deviations.</summary>
    public static void TruncatedNormal<T>(Parameter<T> parameter, double deviation, ulong seed, int stream)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var rng = Streams.Of(seed, Purpose.Initial, stream, 0);
        foreach (ref T w in parameter.Value.AsSpan())
        {
            double x;
            do
            {
                x = rng.NextGaussian();
            }
            while (Math.Abs(x) > 2);

            w = T.CreateTruncating(deviation * x);
        }
    }

    /// <summary>Standard normal.</summary>
    public static void Normal<T>(Parameter<T> parameter, ulong seed, int stream)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var rng = Streams.Of(seed, Purpose.Initial, stream, 0);
        rng.FillGaussian(parameter.Value.AsSpan());
    }
}
