using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Losses against their definitions, their gradients against differences, and at the ends of the range.</summary>
public sealed class LossesTests
{
    private const int Items = 9;

    private static readonly SparseBatch<double> Target = Gradients.Batch<double>(1, 4, Items, rng => rng.NextDouble() < 0.5 ? 1 : 0.4, 0.5, 2);

    [Fact]
    public void Multinomial_RandomScores_HasTheDefinedValueAndGradient() => Check(
        (s, r, scale) => Losses.Multinomial(s, Target, r, scale),
        (s, x) => -Enumerable.Range(0, Items).Sum(i => x[i] * (s[i] - Math.Log(s.Sum(Math.Exp)))));

    [Fact]
    public void LogisticAll_RandomScores_HasTheDefinedValueAndGradient() => Check(
        (s, r, scale) => Losses.LogisticAll(s, Target, r, scale),
        (s, x) => -Enumerable.Range(0, Items).Sum(i => (x[i] * Math.Log(Sigmoid(s[i]))) + ((1 - x[i]) * Math.Log(1 - Sigmoid(s[i])))));

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void SquareAll_RandomScores_HasTheDefinedValueAndGradient(double weight) => Check(
        (s, r, scale) => Losses.SquareAll(s, Target, r, scale, Activation.Sigmoid, weight),
        (s, x) => weight * Enumerable.Range(0, Items).Sum(i => Math.Pow(x[i] - Sigmoid(s[i]), 2)));

    [Fact]
    public void Observed_RandomScores_HaveTheDefinedValuesAndGradients()
    {
        double[] x = [.. Enumerable.Range(0, 700).Select(i => (i % 5) / 4.0)], s = Scores(700);
        foreach (bool logistic in (bool[])[false, true])
        {
            double Of(double[] scores) => Enumerable.Range(0, 700).Sum(e => logistic
                ? -(x[e] * Math.Log(Sigmoid(scores[e]))) - ((1 - x[e]) * Math.Log(1 - Sigmoid(scores[e])))
                : Math.Pow(x[e] - Math.Tanh(scores[e]), 2));
            double[] g = [.. s];
            double found = logistic ? Losses.LogisticObserved<double>(g, x, 0.3) : Losses.SquareObserved<double>(g, x, 0.3, Activation.Tanh);
            found.ShouldBe(Of(s), 1e-9);
            foreach (int e in (int[])[0, 255, 256, 511, 699])
            {
                g[e].ShouldBe(0.3 * Difference(v => Of([.. s.Select((y, k) => k == e ? v : y)]), s[e]), 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(300)]
    public void GaussianKl_RandomCodes_HasTheDefinedValueAndGradient(int width)
    {
        double[] mu = Scores(width), lv = Scores(width + 1)[1..], dMu = new double[width], dLv = new double[width];
        double Of(double[] m, double[] v) => Enumerable.Range(0, width).Sum(j => -0.5 * (1 + v[j] - (m[j] * m[j]) - Math.Exp(v[j])));
        Losses.GaussianKl<double>(mu, lv, dMu, dLv, 0.7).ShouldBe(Of(mu, lv), 1e-10);
        for (int j = 0; j < width; j++)
        {
            dMu[j].ShouldBe(0.7 * Difference(v => Of([.. mu.Select((y, k) => k == j ? v : y)], lv), mu[j]), 1e-6);
            dLv[j].ShouldBe(0.7 * Difference(v => Of(mu, [.. lv.Select((y, k) => k == j ? v : y)]), lv[j]), 1e-6);
        }
    }

    [Fact]
    public void Losses_ScoresOfTenThousand_StayFiniteAndExact()
    {
        var target = new SparseBatch<float>(4);
        target.AddRow([0, 1], [1f, 1f]);
        float[] s = [1e4f, -1e4f, 0, 5];
        Losses.Multinomial(s.AsSpan(), target, 0, 1f).ShouldBe(2e4, 1);
        s.ShouldBe([1, -1, 0, 0]);
        s = [1e4f, -1e4f, 1e4f, -1e4f];
        Losses.LogisticAll(s.AsSpan(), target, 0, 1f).ShouldBe(2e4, 1);
        s.ShouldBe([0, -1, 1, 0]);
        s = [1e4f, -1e4f];
        Losses.LogisticObserved<float>(s, [1, 1], 1).ShouldBe(1e4, 1);
        s.ShouldBe([0, -1]);
        float[] flat = [7, 7, 7, 7];
        Losses.Multinomial(flat.AsSpan(), target, 0, 1f).ShouldBe(2 * Math.Log(4), 1e-5);
    }

    [Fact]
    public void Losses_RowWithoutTargets_CostsNothingUnderMultinomial()
    {
        double[] s = Scores(Items);
        Losses.Multinomial(s.AsSpan(), Target, 2, 1.0).ShouldBe(0);
        s.ShouldAllBe(g => g == 0);
    }

    private delegate double Loss(Span<double> s, int row, double scale);

    private static void Check(Loss loss, Func<double[], double[], double> expected)
    {
        double[] s = Scores(4 * Items), g = [.. s];
        double found = Enumerable.Range(0, 4).Sum(r => loss(g.AsSpan(r * Items, Items), r, 0.25));
        double Total(double[] scores) => Enumerable.Range(0, 4).Sum(r => expected(scores[(r * Items)..((r + 1) * Items)], Row(r)));
        found.ShouldBe(Total(s), 1e-9);
        for (int k = 0; k < s.Length; k++)
        {
            int place = k;
            g[k].ShouldBe(0.25 * Difference(v => Total([.. s.Select((y, j) => j == place ? v : y)]), s[k]), 1e-6, $"score {k}");
        }
    }

    private static double[] Row(int r)
    {
        var row = new double[Items];
        for (int e = 0; e < Target.RowIndices(r).Length; e++)
        {
            row[Target.RowIndices(r)[e]] = Target.RowValues(r)[e];
        }

        return row;
    }

    private static double[] Scores(int count)
    {
        var rng = new Rng(6, (ulong)count);
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextGaussian())];
    }

    private static double Difference(Func<double, double> f, double x) => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
