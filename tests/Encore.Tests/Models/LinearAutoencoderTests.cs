using Encore.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Models;

/// <summary>Random problems for the closed forms, and what an optimum has to fulfil.</summary>
internal sealed class LinearProblem
{
    public LinearProblem(ulong seed, bool valued)
    {
        int users = 3 + (int)(seed % 50), items = 2 + (int)(seed % 23);
        Train = TestMatrix.Random(seed, users, items, 0.4, valued);
        X = TestMatrix.Dense(Train);
        G = TestMatrix.TransposeTimes(X, X);
        L2 = 0.5 + (seed % 7);
        Dropout = 0.1 * (seed % 8);
    }

    public InteractionMatrix Train { get; }

    public double[,] X { get; }

    public double[,] G { get; }

    public double L2 { get; }

    public double Dropout { get; }

    /// <summary>(G + λI + p/(1−p)·diag(G))·B − G, over the largest number in G: half the gradient of the objective.</summary>
    public double[,] Gradient(WeightMatrix b, double p)
    {
        int n = b.Columns;
        double scale = G.Cast<double>().Append(1).Max();
        return TestMatrix.Dense(n, n, (i, j) =>
            (Enumerable.Range(0, n).Sum(k => G[i, k] * b[k, j]) + ((L2 + (p / (1 - p) * G[i, i])) * b[i, j]) - G[i, j]) / scale);
    }

    /// <summary>With diag(B) = 0 the gradient may only have multipliers on its diagonal, and B none.</summary>
    public static void ShouldBeOptimalWithZeroDiagonal(double[,] gradient, WeightMatrix b, double tolerance)
    {
        for (int i = 0; i < b.Rows; i++)
        {
            b[i, i].ShouldBe(0);
            for (int j = 0; j < b.Columns; j++)
            {
                (i == j ? 0 : Math.Abs(gradient[i, j])).ShouldBeLessThan(tolerance, $"gradient at {i}, {j}");
            }
        }
    }

    public static double Tolerance(Precision precision) => precision == Precision.Double ? 1e-12 : 1e-5;
}

public sealed class EaseTests : ModelContractTests<Ease>
{
    protected override Ease Create() => new(new EaseOptions { L2 = 2 });

    [Theory]
    [InlineData(Precision.Single, 1e-5)]
    [InlineData(Precision.Double, 1e-9)]
    public void Fit_Golden_SameWeightsAndScores(Precision precision, double tolerance)
    {
        var golden = new Golden("ease");
        var model = new Ease(new EaseOptions { L2 = golden.Config("l2"), Precision = precision });
        model.Fit(golden.Feedback, new FitContext());
        golden.ShouldMatch(model, model.Weights, "B", tolerance);
    }

    [Property(MaxTest = 60)]
    public void Fit_RandomMatrix_IsOptimal(ulong seed, bool valued, Precision precision)
    {
        var problem = new LinearProblem(seed, valued);
        if (problem.Train.Count > 0)
        {
            var model = new Ease(new EaseOptions { L2 = problem.L2, Precision = precision });
            model.Fit(problem.Train, new FitContext());
            LinearProblem.ShouldBeOptimalWithZeroDiagonal(
                problem.Gradient(model.Weights, 0), model.Weights, LinearProblem.Tolerance(precision));
        }
    }

    [Fact]
    public void Fit_TooLittleMemory_SaysHowMuchItNeeds()
    {
        var train = TestMatrix.Of(1, 1000, (_, i) => i < 2 ? 1 : 0);
        var context = new FitContext { MemoryLimit = 3_000_000 };
        Should.Throw<InsufficientMemoryException>(() => new Ease().Fit(train, context)).Message.ShouldBe(
            "EASE of 1,000 items needs 4.00 MB of memory; there is 3.00 MB. " +
            "Use itemknn or popularity, which need no items × items matrix, or drop rare items.");
        Should.Throw<InsufficientMemoryException>(() => new Ease(new EaseOptions { Precision = Precision.Double }).Fit(train, context))
            .Message.ShouldContain("8.00 MB");
    }

    [Fact]
    public void Fit_MoreItemsThanOneArrayHolds_SaysSo()
    {
        var train = TestMatrix.Of(1, MemoryBudget.LargestSquare + 1, (_, i) => i < 2 ? 1 : 0);
        Should.Throw<InsufficientMemoryException>(() => new Ease().Fit(train, new FitContext()))
            .Message.ShouldContain("46,341 × 46,341");
    }

    [Fact]
    public void Fit_WithoutPenaltyOnDependentItems_SaysWhatToDo() =>
        Should.Throw<InvalidDataException>(() =>
                new Ease(new EaseOptions { L2 = 0 }).Fit(TestMatrix.Of(3, 2, (_, _) => 1), new FitContext()))
            .Message.ShouldContain("raise l2");

    [Fact]
    public void Fit_WithProgress_ReportsItsStages()
    {
        var stages = new List<FitProgress>();
        Create().Fit(TestMatrix.Random(1, 50, 20), new FitContext { Progress = new Recorder(stages) });
        stages.Select(s => s.Stage).ShouldContain("Gram matrix");
        stages.ShouldAllBe(s => s.Fraction >= 0 && s.Fraction <= 1);
    }

    private sealed class Recorder(List<FitProgress> reports) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => reports.Add(value);
    }
}

public sealed class EdlaeTests : ModelContractTests<Edlae>
{
    protected override Edlae Create() => new(new EdlaeOptions { L2 = 2, Dropout = 0.3 });

    [Theory]
    [InlineData(Precision.Single, 1e-5)]
    [InlineData(Precision.Double, 1e-9)]
    public void Fit_Golden_SameWeightsAndScores(Precision precision, double tolerance)
    {
        var golden = new Golden("edlae");
        var model = new Edlae(new EdlaeOptions { L2 = golden.Config("l2"), Dropout = golden.Config("dropout"), Precision = precision });
        model.Fit(golden.Feedback, new FitContext());
        golden.ShouldMatch(model, model.Weights, "B", tolerance);
    }

    [Property(MaxTest = 60)]
    public void Fit_RandomMatrix_IsOptimal(ulong seed, bool valued, Precision precision)
    {
        var problem = new LinearProblem(seed, valued);
        if (problem.Train.Count > 0)
        {
            var model = new Edlae(new EdlaeOptions { L2 = problem.L2, Dropout = problem.Dropout, Precision = precision });
            model.Fit(problem.Train, new FitContext());
            LinearProblem.ShouldBeOptimalWithZeroDiagonal(
                problem.Gradient(model.Weights, problem.Dropout), model.Weights, LinearProblem.Tolerance(precision));
        }
    }

    [Fact]
    public void Fit_NoDropout_IsEase()
    {
        var train = TestMatrix.Random(1, 60, 30);
        var (ease, edlae) = (new Ease(new EaseOptions { L2 = 3 }), new Edlae(new EdlaeOptions { L2 = 3, Dropout = 0 }));
        ease.Fit(train, new FitContext());
        edlae.Fit(train, new FitContext());
        TestMatrix.Scores(edlae, train).ShouldBe(TestMatrix.Scores(ease, train));
    }
}

public sealed class DlaeTests : ModelContractTests<Dlae>
{
    protected override Dlae Create() => new(new DlaeOptions { L2 = 2, Dropout = 0.3 });

    [Theory]
    [InlineData(Precision.Single, 1e-5)]
    [InlineData(Precision.Double, 1e-9)]
    public void Fit_Golden_SameWeightsAndScores(Precision precision, double tolerance)
    {
        var golden = new Golden("dlae");
        var model = new Dlae(new DlaeOptions { L2 = golden.Config("l2"), Dropout = golden.Config("dropout"), Precision = precision });
        model.Fit(golden.Feedback, new FitContext());
        golden.ShouldMatch(model, model.Weights, "B", tolerance);
    }

    [Property(MaxTest = 60)]
    public void Fit_RandomMatrix_IsOptimal(ulong seed, bool valued, Precision precision)
    {
        var problem = new LinearProblem(seed, valued);
        if (problem.Train.Count > 0)
        {
            var model = new Dlae(new DlaeOptions { L2 = problem.L2, Dropout = problem.Dropout, Precision = precision });
            model.Fit(problem.Train, new FitContext());
            problem.Gradient(model.Weights, problem.Dropout).Cast<double>()
                .ShouldAllBe(g => Math.Abs(g) < LinearProblem.Tolerance(precision));
        }
    }
}
