using System.Numerics;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>EASE of interactions and features together, as <see cref="Fease"/> describes it, and its solution.</summary>
internal sealed record ContentDesign
{
    /// <summary>The model's name in errors.</summary>
    public required string Model { get; init; }

    /// <summary>λ.</summary>
    public required double L2 { get; init; }

    /// <summary>α.</summary>
    public double Alpha { get; init; }

    /// <summary>β.</summary>
    public double Beta { get; init; }

    /// <summary>δ.</summary>
    public double Delta { get; init; }

    /// <summary>Non-zeros of a column of R.</summary>
    public int Neighbours { get; init; } = 50;

    /// <summary>The numbers that it is solved in.</summary>
    public Precision Precision { get; init; }

    public ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        var users = Beta > 0 ? data.UserFeatures : null;
        int n = data.Interactions.Items.Count, inputs = n + (users?.Count ?? 0);
        ClosedForm.RequireMemory(Model, data.Interactions, inputs, (Delta > 0 ? 2 : 1) + (users is null ? 0 : 1), Precision, context);
        return Precision == Precision.Double
            ? Solve<double>(data, users, context, cancellationToken)
            : Solve<float>(data, users, context, cancellationToken);
    }

    /// <summary>B_c = P·(α²·T·t_c + δ·r_c).</summary>
    public double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        double[] v = ContentForm.Overlap(learned, features, values);
        Elementwise.Multiply<double>(v, Alpha * Alpha, v);
        if (learned.Basis is not { } inverse)
        {
            return ContentForm.InverseTimes(learned, v);
        }

        var r = ContentForm.Neighbours(learned, features, values, Neighbours);
        for (int k = 0; k < r.Items.Length; k++)
        {
            v[r.Items[k]] += Delta * r.Values[k];
        }

        double[] padded = new double[inverse.Columns], product = new double[inverse.Rows];
        v.CopyTo(padded, 0);
        inverse.MultiplyVector(padded, product);
        return product;
    }

    private ContentWeights Solve<T>(TrainingData data, Features? users, FitContext context, CancellationToken cancellationToken)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (X, T_, compute) = (data.Interactions, data.ItemFeatures!, context.Compute);
        int n = X.Items.Count, inputs = n + (users?.Count ?? 0);
        var P = GC.AllocateUninitializedArray<T>(inputs * inputs);
        if (users is null)
        {
            ClosedForm.Gram<T>(X.Csr, P, context, cancellationToken);
        }
        else
        {
            ClosedForm.Gram<T>(Beside(X.Csr, users.Matrix), P, context with { Gram = null }, cancellationToken);
        }

        ContentForm.AddFeatureGram(compute, P, inputs, T_.Matrix, Alpha * Alpha);            // ZᵀZ
        var Λ = new T[inputs];
        Λ.AsSpan(0, n).Fill(T.CreateChecked(L2) + T.CreateChecked(Delta));
        Λ.AsSpan(n).Fill(T.CreateChecked(L2));
        ClosedForm.AddToDiagonal<T>(P, Λ);
        ClosedForm.Invert<T>(P, inputs, "raise l2", context, cancellationToken);             // P = (ZᵀZ + Λ)⁻¹
        double[] diagonal = [.. ClosedForm.Diagonal<T>(P, inputs).Take(n).Select(double.CreateChecked)];
        T[] W;
        T[]? basis = null;
        if (Delta > 0)
        {
            (W, basis) = (WithPrior(compute, P, n, inputs, Λ, T_, X), P);
        }
        else
        {
            ClosedForm.ToZeroDiagonal(compute, P, inputs);
            W = inputs == n ? P : FirstColumns(P, inputs, n);
        }

        return new ContentWeights
        {
            Known = X.Items,
            Features = T_,
            Met = ContentForm.Met(X),
            UserSpace = users?.Space,
            W = new WeightMatrix(W, inputs, n, compute),
            Basis = basis is null ? null : new WeightMatrix(basis, inputs, inputs, compute),
            InverseDiagonal = diagonal,
        };
    }

    // B = B̃ − P·diag(B̃_jj/P_jj), B̃ = I − P·(Λ − δR): a column at a time as a row, since P is symmetric.
    private T[] WithPrior<T>(Compute compute, T[] P, int n, int inputs, T[] Λ, Features features, InteractionMatrix X)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var similar = ContentForm.Similar(compute, features.Matrix, ContentForm.Met(X), Neighbours);
        var B = GC.AllocateUninitializedArray<T>(n * inputs);
        T δ = T.CreateChecked(Delta);
        ClosedForm.ForRows(compute, n, j =>
        {
            var row = B.AsSpan(j * inputs, inputs);
            var own = P.AsSpan(j * inputs, inputs);
            Elementwise.Multiply(own, -Λ[j], row);
            var items = similar.RowIndices(j);
            var values = similar.RowValues(j);
            for (int k = 0; k < items.Length; k++)
            {
                Elementwise.MultiplyAdd(P.AsSpan(items[k] * inputs, inputs), δ * T.CreateTruncating(values[k]), row, row);
            }

            row[j] += T.One;
            Elementwise.MultiplyAdd(own, -row[j] / own[j], row, row);
            row[j] = T.Zero;
        });
        if (inputs != n)
        {
            return ContentForm.Transposed(compute, B, n, inputs);
        }

        ContentForm.TransposeInPlace(compute, B, n);
        return B;
    }

    private static T[] FirstColumns<T>(T[] a, int stride, int n)
    {
        var first = new T[stride * n];
        for (int i = 0; i < stride; i++)
        {
            a.AsSpan(i * stride, n).CopyTo(first.AsSpan(i * n));
        }

        return first;
    }

    // [X, β·U].
    private CsrMatrix Beside(CsrMatrix x, CsrMatrix users)
    {
        var offsets = new int[x.Rows + 1];
        var (columns, values) = (new int[x.NonZeros + users.NonZeros], new float[x.NonZeros + users.NonZeros]);
        int at = 0;
        for (int u = 0; u < x.Rows; u++)
        {
            x.RowIndices(u).CopyTo(columns.AsSpan(at));
            x.RowValues(u).CopyTo(values.AsSpan(at));
            at += x.RowLength(u);
            var features = users.RowIndices(u);
            var of = users.RowValues(u);
            for (int k = 0; k < features.Length; k++)
            {
                columns[at] = x.Columns + features[k];
                values[at++] = (float)Beta * of[k];
            }

            offsets[u + 1] = at;
        }

        return new CsrMatrix(x.Rows, x.Columns + users.Columns, offsets, columns, values);
    }
}
