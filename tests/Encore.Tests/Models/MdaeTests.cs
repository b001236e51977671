using Encore.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Models;

public sealed class MdaeTests : ModelContractTests<Mdae>
{
    protected override Mdae Create() => new(new MdaeOptions { Corruption = 0.4, Ridge = 0.5 });

    [Theory]
    [InlineData(Precision.Single, 1e-5)]
    [InlineData(Precision.Double, 1e-9)]
    public void Fit_Golden_SameWeightsAndScores(Precision precision, double tolerance)
    {
        var golden = new Golden("mdae");
        var model = new Mdae(new MdaeOptions
        {
            Corruption = golden.Config("corruption"),
            Ridge = golden.Config("ridge"),
            Precision = precision,
        });
        model.Fit(golden.Feedback, new FitContext());
        golden.ShouldMatch(model, model.Weights[0], "W", tolerance);
    }

    [Property(MaxTest = 40)]
    public void Fit_RandomMatrix_EveryLayerSolvesItsEquation(ulong seed, bool valued, Precision precision)
    {
        int users = 4 + (int)(seed % 40), items = 2 + (int)(seed % 17);
        var train = TestMatrix.Random(seed, users, items, 0.4, valued);
        var options = new MdaeOptions
        {
            Corruption = 0.1 + (0.1 * (seed % 8)),
            Ridge = 0.5 + (seed % 3),
            Layers = 1 + (int)(seed % 3),
            Precision = precision,
        };
        if (train.Count == 0)
        {
            return;
        }

        var model = new Mdae(options);
        model.Fit(train, new FitContext());
        model.Weights.Count.ShouldBe(options.Layers);
        var h = TestMatrix.Dense(train);
        for (int layer = 0; layer < options.Layers; layer++)
        {
            // Hidden layers are float32 in either precision.
            ShouldSolve(h, model.Weights[layer], options, precision == Precision.Double && layer == 0 ? 1e-12 : 2e-5);
            h = Output(h, model.Weights[layer], layer < options.Layers - 1 ? Math.Tanh : x => x);
        }

        var scores = TestMatrix.Scores(model, train);
        TestMatrix.LargestDifference(TestMatrix.Dense(users, items, (u, i) => scores[(u * items) + i]), h).ShouldBeLessThan(1e-4);
    }

    // (Q + ρI)·W = P over the largest number in S, with S, Q and P by their definitions.
    private static void ShouldSolve(double[,] h, WeightMatrix w, MdaeOptions options, double tolerance)
    {
        int m = h.GetLength(0), n = h.GetLength(1);
        var x1 = TestMatrix.Dense(m, n + 1, (u, i) => i < n ? h[u, i] : 1);
        var s = TestMatrix.TransposeTimes(x1, x1);
        var q = Enumerable.Repeat(1 - options.Corruption, n).Append(1).ToArray();
        double scale = s.Cast<double>().Append(1).Max();
        for (int i = 0; i <= n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double left = Enumerable.Range(0, n + 1)
                    .Sum(k => ((s[i, k] * (i == k ? q[i] : q[i] * q[k])) + (i == k ? options.Ridge : 0)) * w[k, j]);
                (Math.Abs(left - (s[i, j] * q[i])) / scale).ShouldBeLessThan(tolerance, $"{i}, {j}");
            }
        }
    }

    private static double[,] Output(double[,] h, WeightMatrix w, Func<double, double> activation)
    {
        int n = w.Columns;
        return TestMatrix.Dense(h.GetLength(0), n, (u, j) =>
            activation(Enumerable.Range(0, n).Sum(i => h[u, i] * w[i, j]) + w[n, j]));
    }

    [Fact]
    public void Score_EmptyHistory_IsTheBias()
    {
        var model = Create();
        model.Fit(TestMatrix.Random(1, 50, 20), new FitContext());
        var scores = TestMatrix.Scores(model, TestMatrix.Of(1, 20, (_, _) => 0));
        scores.ShouldBe(Enumerable.Range(0, 20).Select(j => (float)model.Weights[0][20, j]));
    }
}

public sealed class StackedMdaeTests : ModelContractTests<Mdae>
{
    protected override Mdae Create() => new(new MdaeOptions { Corruption = 0.4, Ridge = 0.5, Layers = 3 });
}

public sealed class DoubleStackedMdaeTests : ModelContractTests<Mdae>
{
    protected override Mdae Create() =>
        new(new MdaeOptions { Corruption = 0.4, Ridge = 0.5, Layers = 2, Precision = Precision.Double });
}

public sealed class DoubleEaseTests : ModelContractTests<Ease>
{
    protected override Ease Create() => new(new EaseOptions { L2 = 2, Precision = Precision.Double });
}
