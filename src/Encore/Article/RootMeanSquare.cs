using System.Numerics;
using System.Numerics.Tensors;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Article;

/// <summary>The loss of the article's DeepRec: the mean over users of each user's root mean squared error.</summary>
internal static class RootMeanSquare
{
    // The root has no slope at 0, where a user is predicted without any error.
    private const double Least = 1e-12;

    /// <summary>Σ over rows of √(mean square of f(s) − x); <paramref name="s"/> becomes the gradient of the mean over
    /// rows.</summary>
    /// <param name="s">Scores at the places of <paramref name="x"/>.</param>
    /// <param name="x">The ratings, [rows, items].</param>
    /// <param name="f">The output activation.</param>
    public static double ByRow<T>(Span<T> s, SparseBatch<T> x, Activation f)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Activations.Forward(f, s);
        double loss = 0;
        T[] outputs = [.. s];
        for (int r = 0; r < x.Rows; r++)
        {
            var range = x.Offsets[r]..x.Offsets[r + 1];
            var e = s[range];
            if (e.Length == 0)
            {
                continue;
            }

            TensorPrimitives.Subtract(e, x.Values[range], e);
            double root = Math.Sqrt(double.CreateTruncating(TensorPrimitives.SumOfSquares<T>(e)) / e.Length);
            loss += root;
            TensorPrimitives.Multiply(e, T.CreateTruncating(1 / (e.Length * Math.Max(root, Least) * x.Rows)), e);
            Activations.Backward<T>(f, outputs.AsSpan(range), e);
        }

        return loss;
    }
}
