using System.Numerics.Tensors;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Models;

/// <summary>
/// The marginalised denoising autoencoder of rank K, in closed form: encoder A [d + 1, K] with the bias in its last row
/// and decoder B [K, d] that minimise E‖h − [h̃ 1]·A·B‖² + ρ‖A·B‖² over all maskings h̃ of h. For orthonormal rows of B
/// <code>
/// A = W·Bᵀ,  W = (Q + ρI)⁻¹P of <see cref="Mdae"/>;  what is left to gain is tr(B·M·Bᵀ),  M = Pᵀ(Q + ρI)⁻¹P
/// </code>
/// so B's rows span M's first K eigenvectors (reduced-rank regression). With P = (Q − E')·diag(1/q) and E = E' + ρI as in
/// <see cref="Mdae"/>, M = diag(1/q)·[(Q + ρI) − 2E + E(Q + ρI)⁻¹E]·diag(1/q): no product of n × n matrices.
/// </summary>
internal static class LowRankMdae
{
    // The eigenvectors need to span the right space only approximately: gradient descent refines them.
    private const int Iterations = 8;

    // Root mean square of a unit's sums: where tanh and σ are still nearly straight.
    private const double Spread = 0.5;

    private const int BlockUsers = 512;

    private const string Advice = "Use pretraining greedy or none, or drop rare items.";

    /// <summary>Bytes that the first layer takes beside the network.</summary>
    public static long Memory(int items, int width) => 4L * (items + 1) * ((3L * (items + 1)) + (3L * width));

    /// <summary>Throws where a layer's inputs and the bias are beyond the square matrix that one array holds.</summary>
    /// <exception cref="InsufficientMemoryException">They are.</exception>
    public static void RequireSquare(string model, int items, IReadOnlyList<int> widths)
    {
        int n = Math.Max(items, widths.SkipLast(1).DefaultIfEmpty().Max()) + 1;
        MemoryBudget.RequireSquare(n, 4L * n * n, $"{model} with closed-form pre-training on {items:N0} items", Advice, long.MaxValue);
    }

    /// <summary>Sets the weights of a network layer by layer, each solved on the clean output of those below.</summary>
    public static void Initialise(
        VaeNetwork<float> network, InteractionMatrix train, double p, double ρ, bool normalise, FitContext context, CancellationToken cancellationToken)
    {
        var layers = new LayerPretraining<float>(network);
        for (int layer = 0; layer < layers.Layers; layer++)
        {
            int d = layer == 0 ? network.Items : layers.Inputs(layer);
            int K = layer == 0 ? network.Input.Outputs : network.Encoder.Layers[layer - 1].Outputs;
            var S = Gram(layers, layer, train, d, normalise, context, cancellationToken);
            var (A, B) = Solve(S, d, K, p, ρ, context, cancellationToken);
            Set(network, layer, A, B, d, K, Spread / RootMeanSquare(context.Compute, S, A, d, K, train.Users.Count));
        }
    }

    /// <summary>A [d + 1, K] and B [K, d] from S = [H 1]ᵀ[H 1], [d + 1, d + 1]. Where K exceeds the rank, the last rows
    /// of B and columns of A are 0.</summary>
    public static (float[] A, float[] B) Solve(float[] S, int d, int K, double p, double ρ, FitContext context, CancellationToken cancellationToken)
    {
        int n = d + 1;
        float keep = (float)(1 - p);
        float[] C = [.. S], E = new float[n];
        for (int i = 0; i < d; i++)
        {
            E[i] = (S[(i * n) + i] * keep * (1 - keep)) + (float)ρ;
        }

        E[d] = (float)ρ;
        ClosedForm.ForRows(context.Compute, n, i =>                                   // Q + ρI = diag(q)·S·diag(q) + E
        {
            var row = C.AsSpan(i * n, n);
            Elementwise.Multiply(row[..d], i == d ? keep : keep * keep, row[..d]);
            row[d] *= i == d ? 1 : keep;
        });
        ClosedForm.AddToDiagonal<float>(C, E);
        var M = new float[d * d];
        ClosedForm.ForRows(context.Compute, d, i =>
        {
            C.AsSpan(i * n, d).CopyTo(M.AsSpan(i * d, d));
            M[(i * d) + i] -= 2 * E[i];
        });
        ClosedForm.Invert<float>(C, n, "raise ridge or corruption", context, cancellationToken);
        ClosedForm.ForRows(context.Compute, d, i =>
        {
            var row = M.AsSpan(i * d, d);
            for (int j = 0; j < d; j++)
            {
                row[j] = (row[j] + (E[i] * C[(i * n) + j] * E[j])) / (keep * keep);
            }
        });
        var B = FirstEigenvectors(M, d, K, context, cancellationToken);

        ClosedForm.ToDamped(context.Compute, C, n, E);                                // W = (I − (Q + ρI)⁻¹E)·diag(1/q), first d columns
        var A = new float[n * K];
        Dense.Gemm(Transpose.No, Transpose.Yes, n, K, d, 1 / keep, C, n, B, d, 0f, A, K, context.Compute);
        return (A, B);
    }

    /// <summary>Orthonormal rows that span the first eigenvectors of the symmetric M [d, d], by orthogonal
    /// iteration.</summary>
    private static float[] FirstEigenvectors(float[] M, int d, int K, FitContext context, CancellationToken cancellationToken)
    {
        float[] B = new float[K * d], next = new float[K * d];
        var rng = Streams.Of(context.Seed, Purpose.Initial, int.MaxValue, d);
        foreach (ref float b in B.AsSpan())
        {
            b = (float)rng.NextGaussian();
        }

        Orthonormalise(context.Compute, B, d, K);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Progress?.Report(new FitProgress($"eigenvectors of {d} inputs", (double)iteration / Iterations));
            Dense.Gemm(Transpose.No, Transpose.No, K, d, d, 1f, B, d, M, d, 0f, next, d, context.Compute);
            (B, next) = (next, B);
            Orthonormalise(context.Compute, B, d, K);
        }

        return Rotated(context.Compute, B, d, K, rng);
    }

    // Any rotation spans the same space. A random one spreads the first eigenvector, which carries most, over all units:
    // one scale then suits every unit, and the layer above sees the data in their own proportions.
    private static float[] Rotated(Compute compute, float[] B, int d, int K, Rng rng)
    {
        int r = Math.Min(K, d);
        float[] R = new float[r * r], rotated = new float[K * d];
        foreach (ref float x in R.AsSpan())
        {
            x = (float)rng.NextGaussian();
        }

        Orthonormalise(compute, R, r, r);
        Dense.Gemm(Transpose.No, Transpose.No, r, d, r, 1f, R, r, B, d, 0f, rotated, d, compute);
        return rotated;
    }

    // Gram–Schmidt, each row taken out of all that follow as soon as it is done; twice is enough for single precision.
    private static void Orthonormalise(Compute compute, float[] B, int d, int K)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int k = 0; k < K; k++)
            {
                var row = B.AsSpan(k * d, d);
                float before = TensorPrimitives.Norm<float>(row);
                bool independent = pass == 0 ? before > 0 && k < d : before > 0.5f;
                Elementwise.Multiply(row, independent ? 1 / before : 0, row);
                int first = k + 1, at = k;
                ClosedForm.ForRows(compute, K - first, r =>
                {
                    var unit = B.AsSpan(at * d, d);
                    var other = B.AsSpan((first + r) * d, d);
                    Elementwise.MultiplyAdd(unit, -TensorPrimitives.Dot<float>(unit, other), other, other);
                });
            }
        }
    }

    // [H 1]ᵀ[H 1] of the clean outputs below a layer.
    private static float[] Gram(
        LayerPretraining<float> layers, int layer, InteractionMatrix train, int d, bool normalise, FitContext context, CancellationToken cancellationToken)
    {
        int n = d + 1, m = train.Users.Count;
        var S = new float[n * n];
        if (layer == 0)
        {
            // A column of ones beside the items makes the border by itself.
            ClosedForm.Gram<float>(WithOnes(train.Inputs, normalise), S, context, cancellationToken);
            return S;
        }

        var batch = new SparseBatch<float>(train.Items.Count);
        var H = new float[BlockUsers * n];
        using var tape = new Tape<float>(records: false, context.Compute);
        for (int start = 0; start < m; start += BlockUsers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(BlockUsers, m - start);
            batch.Clear();
            for (int user = start; user < start + count; user++)
            {
                VaeTraining.Add(batch, train.Csr.RowIndices(user), train.Inputs.RowValues(user), normalise);
            }

            tape.Begin();
            var h = layers.Below(tape, layer, batch);
            for (int r = 0; r < count; r++)
            {
                h.Data.Slice(r * d, d).CopyTo(H.AsSpan(r * n, d));
                H[(r * n) + d] = 1;
            }

            ClosedForm.MultiplyAdd<float>(context.Compute, H, H, S, n, n, count);
        }

        return S;
    }

    private static CsrMatrix WithOnes(CsrMatrix x, bool normalise)
    {
        var offsets = new int[x.Rows + 1];
        int entries = MemoryBudget.RequireArray(x.NonZeros + x.Rows, 1, "The interactions with a one for each user", Advice);
        var (columns, values) = (new int[entries], new float[entries]);
        for (int user = 0; user < x.Rows; user++)
        {
            var from = x.RowValues(user);
            var to = values.AsSpan(offsets[user], from.Length);
            float norm = normalise ? TensorPrimitives.Norm(from) : 1;
            x.RowIndices(user).CopyTo(columns.AsSpan(offsets[user]));
            Elementwise.Multiply(from, norm > 0 ? 1 / norm : 0, to);
            offsets[user + 1] = offsets[user] + x.RowLength(user) + 1;
            (columns[offsets[user + 1] - 1], values[offsets[user + 1] - 1]) = (x.Columns, 1);
        }

        return new CsrMatrix(x.Rows, x.Columns + 1, offsets, columns, values);
    }

    // Of the sums of a unit, over users and units, from tr(AᵀSA).
    private static double RootMeanSquare(Compute compute, float[] S, float[] A, int d, int K, int users)
    {
        int n = d + 1;
        var product = new float[n * K];
        Dense.Gemm(Transpose.No, Transpose.No, n, K, n, 1f, S, n, A, K, 0f, product, K, compute);
        double squares = 0;
        for (int at = 0; at < product.Length; at++)
        {
            squares += (double)A[at] * product[at];
        }

        return Math.Sqrt(Math.Max(double.Epsilon, squares / ((double)users * Math.Min(K, d))));
    }

    // f(t) ≈ f(0) + f′(0)·t at the sums t = [h 1]·A·c, so that B/(c·f′(0)) decodes them; units above the rank keep the
    // weights that they have.
    private static void Set(VaeNetwork<float> network, int layer, float[] A, float[] B, int d, int K, double c)
    {
        var f = network.Input.Activation;
        var (f0, slope) = Line(f);
        Parameter<float> encoder, encoderBias, decoder, decoderBias;
        if (layer == 0)
        {
            (encoder, encoderBias) = (network.Input.Weight, network.Input.Bias);
            (decoder, decoderBias) = (network.Output.Weight, network.Output.Bias);
        }
        else
        {
            var (up, down) = (network.Encoder.Layers[layer - 1], network.Decoder.Layers[^layer]);
            (encoder, encoderBias, decoder, decoderBias) = (up.Weight, up.Bias, down.Weight, down.Bias);
        }

        // A layer that is not the first restores h = f(t): its sums have to be (h − f(0))/f′(0).
        var (shift, stretch) = layer == 0 ? (0, 1) : (f0, slope);
        decoderBias.Value.AsSpan().Fill((float)(-shift / stretch));
        for (int k = 0; k < Math.Min(K, d); k++)
        {
            encoderBias.Value[k] = (float)(c * A[(d * K) + k]);
            for (int i = 0; i < d; i++)
            {
                float down = (float)(B[(k * d) + i] / (c * slope * stretch));
                encoder.Value[(i * K) + k] = (float)(c * A[(i * K) + k]);
                decoder.Value[layer == 0 ? (i * K) + k : (k * d) + i] = down; // the output layer has a row for each item
                decoderBias.Value[i] -= (float)f0 * down;
            }
        }
    }

    private static (double Value, double Slope) Line(Activation f)
    {
        double[] y = [-1e-4, 0, 1e-4];
        Activations.Forward(f, y.AsSpan());
        return (y[1], (y[2] - y[0]) / 2e-4);
    }
}
