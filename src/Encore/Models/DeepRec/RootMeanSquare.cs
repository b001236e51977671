using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary><see cref="DeepRecLoss.RmsePerUser"/>: the mean over users of each user's root mean squared error.</summary>
internal static class RootMeanSquare
{
    // The root has no slope at 0, where a user is predicted without any error.
    private const double Least = 1e-12;

    /// <summary>√(mean square of f(s) − x) of a row; <paramref name="s"/> becomes the gradient of the mean over
    /// rows.</summary>
    /// <param name="s">Scores at the places of <paramref name="x"/>.</param>
    /// <param name="x">The ratings of the row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="f">The output activation.</param>
    public static double OfRow<T>(Span<T> s, ReadOnlySpan<T> x, int rows, Activation f)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (s.Length == 0)
        {
            return 0;
        }

        Activations.Forward(f, s);
        T[] outputs = ArrayPool<T>.Shared.Rent(s.Length);
        s.CopyTo(outputs);
        Elementwise.Subtract(s, x, s);
        double root = Math.Sqrt(double.CreateTruncating(TensorPrimitives.SumOfSquares<T>(s)) / s.Length);
        Elementwise.Multiply(s, T.CreateTruncating(1 / (s.Length * Math.Max(root, Least) * rows)), s);
        Activations.Backward<T>(f, outputs.AsSpan(0, s.Length), s);
        ArrayPool<T>.Shared.Return(outputs);
        return root;
    }
}
