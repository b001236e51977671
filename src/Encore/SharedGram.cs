using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore;

/// <summary>
/// Keeps the Gram matrix XᵀX of training data, so that the closed forms (EASE, DLAE, EDLAE, MDAE) that are fitted on it
/// with one setting after another compute it once (<see cref="FitContext.Gram"/>). It takes another n² numbers of their
/// precision; where there is no room for them each fit computes its own. Any thread may use it, several at once.
/// </summary>
public sealed class SharedGram
{
    private readonly InteractionMatrix _train;
    private readonly Lock _lock = new();
    private Array? _gram;

    /// <summary>A keeper of the Gram matrix of some training data; fits on other data compute their own.</summary>
    public SharedGram(InteractionMatrix train)
    {
        ArgumentNullException.ThrowIfNull(train);
        _train = train;
    }

    /// <summary>How often the matrix was computed.</summary>
    public int Computed { get; private set; }

    /// <summary>The matrix of X in a precision, which the first call computes; null: X is other data, or there is no
    /// room.</summary>
    internal T[]? Of<T>(CsrMatrix x, Action<T[]> compute)
        where T : unmanaged
    {
        if (!ReferenceEquals(x, _train.Csr))
        {
            return null;
        }

        lock (_lock)
        {
            if (_gram is not T[] gram)
            {
                _gram = null; // of the other precision
                if ((long)x.Columns * x.Columns * Marshal.SizeOf<T>() > MemoryBudget.Available)
                {
                    return null;
                }

                gram = GC.AllocateUninitializedArray<T>(x.Columns * x.Columns);
                compute(gram);
                Computed++;
                _gram = gram;
            }

            return gram;
        }
    }
}
