using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Losses in which each target counts its weight: against their definitions and against differences, and with weights 1
/// to the bit as without.</summary>
public sealed class WeightedLossTests
{
    private const int Items = 9, Rows = 4;

    private static readonly SparseBatch<double> Target = Gradients.Batch<double>(1, Rows, Items, rng => rng.NextDouble() < 0.5 ? 1 : 0.4, 0.5, 2);

    private static readonly SparseBatch<double> Weights = Gradients.Batch<double>(1, Rows, Items, rng => 5 * rng.NextDouble(), 0.5, 2);

    private delegate double Loss(Span<double> s, int row, ReadOnlySpan<double> weights);

    [Fact]
    public void Multinomial_Weights_HasTheDefinedValueAndGradient() => Check(
        (s, r, w) => Losses.Multinomial(s, Target, r, 0.25, w),
        (s, x, w) => -Enumerable.Range(0, Items).Sum(i => w[i] * x[i] * (s[i] - Math.Log(s.Sum(Math.Exp)))));

    [Fact]
    public void LogisticAll_Weights_HasTheDefinedValueAndGradient() => Check(
        (s, r, w) => Losses.LogisticAll(s, Target, r, 0.25, w),
        (s, x, w) => -Enumerable.Range(0, Items).Sum(i => w[i] * ((x[i] * Math.Log(Sigmoid(s[i]))) + ((1 - x[i]) * Math.Log(1 - Sigmoid(s[i]))))));

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void SquareAll_Weights_HasTheDefinedValueAndGradient(double weight) => Check(
        (s, r, w) => Losses.SquareAll(s, Target, r, 0.25, Activation.Sigmoid, weight, w),
        (s, x, w) => weight * Enumerable.Range(0, Items).Sum(i => w[i] * Math.Pow(x[i] - Sigmoid(s[i]), 2)));

    // Those of the places behind the weights are 1: of items that were drawn.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Observed_WeightsOfTheFirstPlaces_HaveTheDefinedValuesAndGradients(bool logistic)
    {
        double[] x = [.. Enumerable.Range(0, 700).Select(i => (i % 5) / 4.0)], s = Scores(700), w = [.. Enumerable.Range(0, 300).Select(i => (i % 7) / 2.0)];
        double Of(double[] scores) => Enumerable.Range(0, 700).Sum(e => (e < w.Length ? w[e] : 1) * (logistic
            ? -(x[e] * Math.Log(Sigmoid(scores[e]))) - ((1 - x[e]) * Math.Log(1 - Sigmoid(scores[e])))
            : Math.Pow(x[e] - Math.Tanh(scores[e]), 2)));
        double[] g = [.. s];
        double found = logistic ? Losses.LogisticObserved<double>(g, x, 0.3, w) : Losses.SquareObserved<double>(g, x, 0.3, Activation.Tanh, 1, w);
        found.ShouldBe(Of(s), 1e-9);
        foreach (int e in (int[])[0, 1, 13, 255, 256, 299, 300, 511, 699])
        {
            g[e].ShouldBe(0.3 * Difference(v => Of([.. s.Select((y, k) => k == e ? v : y)]), s[e]), 1e-6);
        }
    }

    [Fact]
    public void AllLosses_WeightsOf1_AreThoseWithoutToTheBit()
    {
        var x = Gradients.Batch<float>(3, 6, 70, rng => rng.NextDouble() < 0.5 ? 1 : 0.3, 0.5, 2);
        var ones = Gradients.Batch<float>(3, 6, 70, _ => 1, 0.5, 2);
        for (int row = 0; row < x.Rows; row++)
        {
            int r = row;
            float[] w = [.. ones.RowValues(r)];
            Same((s, weights) => Losses.Multinomial(s, x, r, 0.3f, weights), w);
            Same((s, weights) => Losses.LogisticAll(s, x, r, 0.3f, weights), w);
            Same((s, weights) => Losses.SquareAll(s, x, r, 0.3f, Activation.Tanh, 0.5, weights), w);
            Same((s, weights) => Losses.SquareObserved(s[..w.Length], x.RowValues(r), 0.3f, Activation.Sigmoid, 1, weights), w);
            Same((s, weights) => Losses.LogisticObserved(s[..w.Length], x.RowValues(r), 0.3f, weights), w);
        }
    }

    public static TheoryData<int[], bool, Likelihood> Networks => new()
    {
        { [5, 3], true, Likelihood.Multinomial },
        { [5, 3], true, Likelihood.Gaussian },
        { [5, 3], true, Likelihood.Logistic },
        { [4], false, Likelihood.Multinomial },
        { [5, 4], false, Likelihood.Gaussian },
        { [4], false, Likelihood.Logistic },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_VaeNetwork_MatchesDifferences(int[] layers, bool variational, Likelihood likelihood)
    {
        var network = new VaeNetwork<double>(Items, layers, variational, likelihood, Activation.Tanh);
        Gradients.Fill(network.Parameters, 3);
        var target = Gradients.Batch<double>(1, Rows, Items, _ => 1, 0.5, 2);
        var epsilon = new double[Rows * network.Code];
        Corruption.Noise(Compute.Default, epsilon, network.Code, [.. Enumerable.Range(0, Rows)], 5, 0);
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
        {
            var (nll, kl) = network.Gradient(tape, target, target, epsilon, 0.3, weights: Weights);
            return (nll + (0.3 * kl)) / Rows;
        });
    }

    [Theory]
    [InlineData(CdaeLoss.Square, false)]
    [InlineData(CdaeLoss.Square, true)]
    [InlineData(CdaeLoss.Logistic, false)]
    [InlineData(CdaeLoss.Logistic, true)]
    public void Gradient_CdaeNetwork_MatchesDifferences(CdaeLoss loss, bool sampled)
    {
        var network = new CdaeNetwork<double>(8, Items, 5, Activation.Sigmoid, Activation.Sigmoid, loss, tied: false);
        Gradients.Fill(network.Parameters, 3);
        var target = Gradients.Batch<double>(1, Rows, Items, _ => 1, 0.5, 2);
        int[] users = [4, 0, 2, 7];
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () => (sampled
            ? network.SampledGradient(tape, target, users, WithOthers(target), weights: Weights)
            : network.Gradient(tape, target, users, target, weights: Weights)) / Rows);
    }

    [Fact]
    public void Gradient_RecVaeNetwork_MatchesDifferences()
    {
        var network = new RecVaeNetwork<double>(Items, 5, 2, 3);
        Gradients.Fill(network.Parameters, 3);
        var target = Gradients.Batch<double>(1, Rows, Items, _ => 1, 0.5, 2);
        var epsilon = new double[Rows * network.Code];
        Corruption.Noise(Compute.Default, epsilon, network.Code, [.. Enumerable.Range(0, Rows)], 5, 0);
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
            network.Gradient(tape, target, target, epsilon, 1.0 / Rows, null, Weights).Nll / Rows);
    }

    // An interaction that counts twice is two: the reconstruction of a row whose items all count twice is twice the row's.
    [Fact]
    public void Multinomial_WeightsOf2_IsTwiceTheLoss()
    {
        var x = Gradients.Batch<double>(3, 1, Items, _ => 1, 0.6);
        double[] once = Scores(Items), twice = [.. once];
        double loss = Losses.Multinomial(once.AsSpan(), x, 0, 1.0);
        Losses.Multinomial(twice.AsSpan(), x, 0, 1.0, [.. Enumerable.Repeat(2.0, x.Count)]).ShouldBe(2 * loss, 1e-12);
        twice.Zip(once, (a, b) => Math.Abs(a - (2 * b))).Max().ShouldBeLessThan(1e-14);
    }

    // The items met first, then some that were not, as training draws them.
    private static SparseBatch<double> WithOthers(SparseBatch<double> met)
    {
        var places = new SparseBatch<double>(Items);
        for (int r = 0; r < met.Rows; r++)
        {
            foreach (int item in met.RowIndices(r))
            {
                places.Add(item, 1);
            }

            foreach (int item in Enumerable.Range(0, Items).Except(met.RowIndices(r).ToArray()).Take(3))
            {
                places.Add(item, 0);
            }

            places.EndRow();
        }

        return places;
    }

    private delegate double FloatLoss(Span<float> s, ReadOnlySpan<float> weights);

    private static void Same(FloatLoss loss, float[] ones)
    {
        float[] without = [.. Scores(70).Select(s => (float)s)], with = [.. without];
        BitConverter.DoubleToInt64Bits(loss(with, ones)).ShouldBe(BitConverter.DoubleToInt64Bits(loss(without, [])));
        with.Select(BitConverter.SingleToInt32Bits).ShouldBe(without.Select(BitConverter.SingleToInt32Bits));
    }

    private static void Check(Loss loss, Func<double[], double[], double[], double> expected)
    {
        double[] s = Scores(Rows * Items), g = [.. s];
        double found = Enumerable.Range(0, Rows).Sum(r => loss(g.AsSpan(r * Items, Items), r, Weights.RowValues(r)));
        double Total(double[] scores) => Enumerable.Range(0, Rows).Sum(r => expected(scores[(r * Items)..((r + 1) * Items)], Row(Target, r, 0), Row(Weights, r, 1)));
        found.ShouldBe(Total(s), 1e-9);
        for (int k = 0; k < s.Length; k++)
        {
            int place = k;
            g[k].ShouldBe(0.25 * Difference(v => Total([.. s.Select((y, j) => j == place ? v : y)]), s[k]), 1e-6, $"score {k}");
        }
    }

    private static double[] Row(SparseBatch<double> of, int r, double others)
    {
        double[] row = [.. Enumerable.Repeat(others, Items)];
        for (int e = 0; e < of.RowIndices(r).Length; e++)
        {
            row[of.RowIndices(r)[e]] = of.RowValues(r)[e];
        }

        return row;
    }

    private static double Difference(Func<double, double> f, double x) => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;

    private static double Sigmoid(double s) => 1 / (1 + Math.Exp(-s));

    private static double[] Scores(int count)
    {
        var rng = new Rng(17);
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextGaussian())];
    }
}
