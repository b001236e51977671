using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>What a linear autoencoder does with the weights of items on themselves.</summary>
public enum DiagonalRule
{
    /// <summary>None: diag(B) = 0, as in EASE.</summary>
    Zero,

    /// <summary>Leaves them as they come, as in DLAE; they move only the scores of items already seen.</summary>
    Free,

    /// <summary>Holds them at a bound or below it, B_jj ≤ ξ (Moon, Kim &amp; Lee 2023, "It's enough: relaxing diagonal
    /// constraints in linear autoencoders for recommendation").</summary>
    Bounded,
}

/// <summary>A point of the family that <see cref="LinearAutoencoder"/> describes, and its solution.</summary>
internal sealed record LinearDesign
{
    /// <summary>The model's name in errors.</summary>
    public required string Model { get; init; }

    /// <summary>The options to raise where the matrix has no inverse.</summary>
    public required string Remedy { get; init; }

    /// <summary>λ.</summary>
    public required double L2 { get; init; }

    /// <summary>p.</summary>
    public double Dropout { get; init; }

    /// <summary>κ.</summary>
    public double Penalty { get; init; }

    /// <summary>α.</summary>
    public double PenaltyPower { get; init; } = 1;

    /// <summary>η.</summary>
    public DiagonalRule Diagonal { get; init; }

    /// <summary>ξ.</summary>
    public double Bound { get; init; }

    /// <summary>β of a_u = k_u^−β, k_u the number of the user's interactions.</summary>
    public double UserPower { get; init; }

    /// <summary>γ.</summary>
    public double PopularityPower { get; init; }

    /// <summary>The numbers that it is solved in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether G is kept.</summary>
    public bool KeepGram { get; init; }

    /// <summary>Solves it for some users, or for them and those whose Gram matrix others have.</summary>
    /// <exception cref="InsufficientMemoryException">The matrices are too large.</exception>
    /// <exception cref="InvalidDataException">G + diag(Λ) has no inverse in this precision.</exception>
    public LearnedWeights Solve(InteractionMatrix X, LearnedWeights? others, FitContext context, CancellationToken cancellationToken)
    {
        ClosedForm.RequireMemory(Model, X, X.Items.Count, KeepGram ? 2 : 1, Precision, context);
        return Precision == Precision.Double
            ? Solve<double>(X, others, context, cancellationToken)
            : Solve<float>(X, others, context, cancellationToken);
    }

    private LearnedWeights Solve<T>(InteractionMatrix X, LearnedWeights? others, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = X.Items.Count;
        var P = GC.AllocateUninitializedArray<T>(n * n);
        if (UserPower == 0 && X.Weights is null)
        {
            ClosedForm.Gram<T>(X.Csr, P, context, cancellationToken);                        // G = XᵀX
        }
        else
        {
            // Of other numbers than a matrix that models share.
            ClosedForm.Gram<T>(Weighted(X), P, context with { Gram = null }, cancellationToken); // G = Xᵀ·diag(a)·X
        }

        if (others is not null)
        {
            AddGram(context.Compute, others, X.Items, P);                                    // G + Gram matrix of the others
        }

        var G = KeepGram ? new WeightMatrix(P.AsSpan().ToArray(), n, n, context.Compute) : null;
        var Λ = ClosedForm.Diagonal<T>(P, n);
        for (int j = 0; j < n; j++)
        {
            Λ[j] = PenaltyOf(Λ[j]);
        }

        ClosedForm.AddToDiagonal<T>(P, Λ);                                                   // G + diag(Λ)
        ClosedForm.Invert<T>(P, n, Remedy, context, cancellationToken);                      // P = (G + diag(Λ))⁻¹
        switch (Diagonal)
        {
            case DiagonalRule.Free:
                ClosedForm.ToDamped(context.Compute, P, n, Λ);                               // B = I − P·diag(Λ)
                break;
            case DiagonalRule.Bounded:
                ToBounded(context.Compute, P, n, Λ, T.CreateChecked(Bound));
                break;
            case DiagonalRule.Zero:
            default:
                ClosedForm.ToZeroDiagonal(context.Compute, P, n);                            // B = I − P·diag(1/P_jj)
                break;
        }

        if (PopularityPower != 0)
        {
            ByPopularity(context.Compute, P, X.Csr.ColumnCounts());
        }

        var users = !KeepGram ? null : others is null ? LearnedUsers.Of(X) : others.Users?.With(X);
        return new LearnedWeights(X.Items, new WeightMatrix(P, n, n, context.Compute), G, users);
    }

    // Λ_i from G_ii. What is switched off adds nothing: settings that mean the same have the same bits.
    private T PenaltyOf<T>(T g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T λ = T.CreateChecked(L2), p = T.CreateChecked(Dropout);
        if (Dropout > 0)
        {
            λ += p / (T.One - p) * g;
        }

        if (Penalty > 0 && g > T.Zero)
        {
            λ += T.CreateChecked(Penalty) * (PenaltyPower == 1 ? g : T.Pow(g, T.CreateChecked(PenaltyPower)));
        }

        return λ;
    }

    // √a_u·x_u, a_u = k_u^−β times the user's weight: whose Gram matrix is Xᵀ·diag(a)·X.
    private CsrMatrix Weighted(InteractionMatrix x)
    {
        float[]? weights = ClosedForm.UserWeights(x, Model);
        return ClosedForm.Scaled(x.Csr, u => (float)(Math.Sqrt(weights?[u] ?? 1) * (UserPower == 0 ? 1 : Math.Pow(Math.Max(1, x.Csr.RowLength(u)), -UserPower / 2))));
    }

    // B = I − P·diag(max(Λ_j, (1−ξ)/P_jj)), in place of P; with ξ = 0 the bits of a zero diagonal.
    private static void ToBounded<T>(Compute compute, T[] p, int n, T[] Λ, T bound)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var minusDiagonal = ClosedForm.Diagonal<T>(p, n);
        var isBound = new bool[n];
        for (int j = 0; j < n; j++)
        {
            isBound[j] = T.IsZero(bound) || T.One - (minusDiagonal[j] * Λ[j]) >= bound;
            minusDiagonal[j] = -minusDiagonal[j] / (T.One - bound);
        }

        ClosedForm.ForRows(compute, n, i =>
        {
            var row = p.AsSpan(i * n, n);
            for (int j = 0; j < n; j++)
            {
                row[j] = isBound[j] ? row[j] / minusDiagonal[j] : -(row[j] * Λ[j]);
            }

            row[i] = isBound[i] ? bound : row[i] + T.One;
        });
    }

    // W_ij = B_ij·(c_i/c_j)^γ; an item that nobody met has no weights, and counts as 1 so that 0 divides nothing.
    private void ByPopularity<T>(Compute compute, T[] b, int[] counts)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = counts.Length;
        var power = Array.ConvertAll(counts, c => Math.Pow(Math.Max(1, c), PopularityPower));
        ClosedForm.ForRows(compute, n, i =>
        {
            var row = b.AsSpan(i * n, n);
            for (int j = 0; j < n; j++)
            {
                row[j] *= T.CreateChecked(power[i] / power[j]);
            }
        });
    }

    private static void AddGram<T>(Compute compute, LearnedWeights others, IdMap items, T[] P)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = items.Count, before = others.Items.Count;
        int[] index = others.Items.MapTo(items);
        ClosedForm.ForRows(compute, before, i =>
        {
            var row = others.G!.Values<T>().Slice(i * before, before);
            for (int j = 0; j < before; j++)
            {
                P[(index[i] * n) + index[j]] += row[j];
            }
        });
        GC.KeepAlive(others);
    }
}
