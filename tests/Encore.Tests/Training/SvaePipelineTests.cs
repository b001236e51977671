using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>SVAE's blocks of rows, which run while longer histories are still under way, against one history after
/// another, number by number.</summary>
[Collection(WorkersCollection.Name)]
public sealed class SvaePipelineTests
{
    // More items than a task of the output's gradient.
    private const int Items = 401;
    private const double Beta = 0.3;

    private static readonly SvaeWidths Widths = new(9, 10, 8, 5, 7);

    public static TheoryData<int[], int?> Histories => new()
    {
        { [2, 0, 151, 1, 3, 1, 41, 2, 7, 7, 2], 24 },                           // one goes on alone; nine chunks
        { [2, 0, 151, 1, 3, 1, 41, 2, 7, 7, 2], null },
        { [.. Enumerable.Range(0, 60).Select(s => s % 5)], 48 },                // several groups, empty ones among them
        { [.. Enumerable.Repeat(2, 50), 30], 24 },
        { [1, 0, 1], 24 },                                                      // no step at all
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void Gradient_UnequalHistories_IsThatOfThePlainLoss(int[] lengths, int? chunk)
    {
        var network = Network<double>(chunk);
        var batch = new Pieces<double>(lengths, dropout: true);
        Gradients.ShouldMatchDifferences(
            network.Parameters,
            () =>
            {
                var (nll, kl) = network.Gradient(Compute.Default, batch.Inputs, batch.Target, batch.Epsilon, Beta, batch.Mask);
                return (nll + (Beta * kl)) / Math.Max(1, batch.Inputs.Rows);
            },
            tolerance: 1e-7,
            samples: 5);

        var found = network.Gradient(Compute.Default, batch.Inputs, batch.Target, batch.Epsilon, Beta, batch.Mask);
        var expected = Plain(network, batch);
        found.Nll.ShouldBe(expected.Nll, 1e-10 * Math.Max(1, expected.Nll));
        found.Kl.ShouldBe(expected.Kl, 1e-10 * Math.Max(1, expected.Kl));
    }

    [Theory]
    [MemberData(nameof(Histories))]
    public void Gradient_NumbersDrawnBeside_SameBitsOnAnyThreadCount(int[] lengths, int? chunk)
    {
        float[] Of(Compute compute, bool beside)
        {
            var network = Network<float>(chunk);
            var batch = new Pieces<float>(lengths, dropout: true);
            var (epsilon, mask) = ((float[])[.. batch.Epsilon], (float[])[.. batch.Mask!]);
            if (beside)
            {
                epsilon.AsSpan().Fill(float.NaN);
                mask.AsSpan().Fill(float.NaN);
            }

            // The last is late, and whoever does not wait for it goes on with NaN.
            var (nll, kl) = network.Gradient(compute, batch.Inputs, batch.Target, epsilon, Beta, mask, !beside ? default : new SideWork(lengths.Length, s =>
            {
                Thread.Sleep(s == lengths.Length - 1 ? 10 : 0);
                for (int t = 0; t < batch.Inputs.Length(s); t++)
                {
                    var (code, state) = (Row(batch.Inputs.Row(s, t), Widths.Code), Row(batch.Inputs.Row(s, t), Widths.Hidden));
                    batch.Epsilon.AsSpan(code).CopyTo(epsilon.AsSpan(code));
                    batch.Mask.AsSpan(state).CopyTo(mask.AsSpan(state));
                }
            }));
            return [(float)nll, (float)kl, .. network.Parameters.SelectMany(p => p.Gradient)];
        }

        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            float[] drawn = Of(compute, beside: true);
            drawn.ShouldBe(Of(compute, beside: false));
            drawn.ShouldAllBe(x => float.IsFinite(x));
            return drawn;
        });
    }

    [Fact]
    public void Gradient_ShorterBatchAfterALonger_ForgetsIt()
    {
        var (network, fresh) = (Network<float>(24), Network<float>(24));
        Pieces<float> longer = new([2, 0, 151, 1, 41], dropout: true), shorter = new([1, 4, 90, 0, 2, 3], dropout: false);
        network.Gradient(Compute.Default, longer.Inputs, longer.Target, longer.Epsilon, Beta, longer.Mask);
        network.Gradient(Compute.Default, shorter.Inputs, shorter.Target, shorter.Epsilon, Beta).ShouldBe(
            fresh.Gradient(Compute.Default, shorter.Inputs, shorter.Target, shorter.Epsilon, Beta));
        network.Parameters.SelectMany(p => p.Gradient).ShouldBe(fresh.Parameters.SelectMany(p => p.Gradient));
    }

    private static Range Row(int row, int width) => (row * width)..((row + 1) * width);

    private static SvaeNetwork<T> Network<T>(int? chunk)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var network = new SvaeNetwork<T>(Items, Widths, chunk);
        Gradients.Fill(network.Parameters, 3);
        return network;
    }

    private static (double Nll, double Kl) Plain(SvaeNetwork<double> network, Pieces<double> batch)
    {
        var weights = network.Parameters.ToDictionary(p => p.Name, p => p.Value);
        double[] Affine(double[] x, string layer)
        {
            double[] y = [.. weights[layer + ".bias"]], w = weights[layer + ".weight"];
            for (int i = 0; i < x.Length; i++)
            {
                for (int j = 0; j < y.Length; j++)
                {
                    y[j] += x[i] * w[(i * y.Length) + j];
                }
            }

            return y;
        }

        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        double nll = 0, kl = 0;
        for (int s = 0; s < batch.Inputs.Count; s++)
        {
            double[] h = new double[Widths.Hidden];
            for (int t = 0; t < batch.Inputs.Length(s); t++)
            {
                int row = batch.Inputs.Row(s, t), H = h.Length;
                double[] p = Affine(weights["embedding.weight"][Row(batch.All[s][t], Widths.Embedding)], "gru.input");
                double[] q = Affine(h, "gru.recurrent");
                for (int j = 0; j < H; j++)
                {
                    double r = Sigmoid(p[j] + q[j]), z = Sigmoid(p[H + j] + q[H + j]);
                    h[j] = ((1 - z) * Math.Tanh(p[(2 * H) + j] + (r * q[(2 * H) + j]))) + (z * h[j]);
                }

                double[] masked = [.. h.Zip(batch.Mask![Row(row, H)], (x, m) => x * m)];
                double[] a = [.. Affine(masked, "encoder1").Select(Math.Tanh)], mu = Affine(a, "mu"), logVar = Affine(a, "logvar");
                double[] code = [.. mu.Select((m, k) => m + (Math.Exp(logVar[k] / 2) * batch.Epsilon[(row * Widths.Code) + k]))];
                double[] d = [.. Affine(code, "decoder1").Select(Math.Tanh)];
                double[] scores = [.. weights["output.bias"].Select((b, i) =>
                    b + d.Zip(weights["output.weight"][Row(i, d.Length)], (x, w) => x * w).Sum())];
                double all = Math.Log(scores.Sum(Math.Exp));
                for (int e = batch.Target.Offsets[row]; e < batch.Target.Offsets[row + 1]; e++)
                {
                    nll -= batch.Target.Values[e] * (scores[batch.Target.Indices[e]] - all);
                }

                kl += mu.Select((m, k) => -0.5 * (1 + logVar[k] - (m * m) - Math.Exp(logVar[k]))).Sum();
            }
        }

        return (nll, kl);
    }

    /// <summary>Histories of these lengths and the random numbers of their steps.</summary>
    private sealed class Pieces<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public Pieces(int[] lengths, bool dropout)
        {
            var rng = new Rng(17);
            All = [.. lengths.Select(length => Enumerable.Range(0, length).Select(_ => rng.NextInt32(Items)).ToArray())];
            foreach (int[] history in All)
            {
                Inputs.AddWithTarget(history);
            }

            Inputs.Pack();
            Inputs.Targets(4, Target);
            Epsilon = [.. Enumerable.Range(0, Inputs.Rows * Widths.Code).Select(_ => T.CreateTruncating(rng.NextGaussian()))];
            Mask = !dropout ? null : [.. Enumerable.Range(0, Inputs.Rows * Widths.Hidden).Select(_ => T.CreateTruncating(2 * rng.NextInt32(2)))];
        }

        public int[][] All { get; }

        public PackedSequences Inputs { get; } = new();

        public SparseBatch<T> Target { get; } = new(Items);

        public T[] Epsilon { get; }

        public T[]? Mask { get; }
    }
}
