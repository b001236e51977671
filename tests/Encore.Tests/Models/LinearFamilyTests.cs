using Encore.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Models;

/// <summary>The options of EASE that span the family of linear autoencoders: the equalities between its points, and what an
/// optimum has to fulfil.</summary>
public sealed class LinearFamilyTests
{
    private static readonly InteractionMatrix Train = TestMatrix.Random(5, 60, 23, 0.3);

    [Fact]
    public void Bounded_By0_IsEaseToTheBit() =>
        Bits(new EaseOptions { L2 = 3, Diagonal = DiagonalRule.Bounded, Bound = 0 }).ShouldBe(Bits(new EaseOptions { L2 = 3 }));

    [Fact]
    public void Dropout_IsEdlaeToTheBit() =>
        Bits(new EaseOptions { L2 = 3, Dropout = 0.4 }).ShouldBe(Bits(new Edlae(new EdlaeOptions { L2 = 3, Dropout = 0.4 })));

    [Fact]
    public void Dropout_FreeDiagonal_IsDlaeToTheBit() =>
        Bits(new EaseOptions { L2 = 3, Dropout = 0.4, Diagonal = DiagonalRule.Free }).ShouldBe(Bits(new Dlae(new DlaeOptions { L2 = 3, Dropout = 0.4 })));

    [Fact]
    public void Penalty_Power1_IsDropout()
    {
        var penalty = Fitted(new EaseOptions { L2 = 3, Penalty = 0.4 / 0.6, PenaltyPower = 1, Precision = Precision.Double });
        var dropout = Fitted(new EaseOptions { L2 = 3, Dropout = 0.4, Precision = Precision.Double });
        ShouldAgree(penalty.Weights, (i, j) => dropout.Weights[i, j], 1e-12);
    }

    [Fact]
    public void Penalty_Power0_IsMoreL2()
    {
        var penalty = Fitted(new EaseOptions { L2 = 3, Penalty = 2, PenaltyPower = 0, Precision = Precision.Double });
        var more = Fitted(new EaseOptions { L2 = 5, Precision = Precision.Double });
        ShouldAgree(penalty.Weights, (i, j) => more.Weights[i, j], 1e-12);
    }

    [Fact]
    public void UserPower_IsEaseOfUsersScaledByTheRoot()
    {
        var scaled = TestMatrix.Of(Train.Users.Count, Train.Items.Count, (u, i) =>
            Train.Csr.RowIndices(u).Contains(i) ? MathF.Pow(Train.Csr.RowLength(u), -0.35f) : 0);
        var weighted = Fitted(new EaseOptions { L2 = 0.5, UserPower = 0.7, Precision = Precision.Double });
        var plain = new Ease(new EaseOptions { L2 = 0.5, Precision = Precision.Double });
        plain.Fit(scaled, new FitContext());
        ShouldAgree(weighted.Weights, (i, j) => plain.Weights[i, j], 1e-6); // values of either are single
    }

    [Fact]
    public void PopularityPower_MultipliesByTheRatioOfPopularities()
    {
        var users = Train.Csr.ColumnCounts();
        var plain = Fitted(new EaseOptions { L2 = 3, Precision = Precision.Double });
        var tail = Fitted(new EaseOptions { L2 = 3, PopularityPower = 0.3, Precision = Precision.Double });
        users.Distinct().Count().ShouldBeGreaterThan(3);
        ShouldAgree(tail.Weights, (i, j) => plain.Weights[i, j] * Math.Pow((double)Math.Max(1, users[i]) / Math.Max(1, users[j]), 0.3), 1e-12);
    }

    // (G + Λ)·B − G = Λ − diag(η) = −diag(μ): multipliers μ ≥ 0 on the diagonal alone, and only where the bound is reached.
    [Property(MaxTest = 60)]
    public void Bounded_RandomMatrix_IsOptimal(ulong seed, bool valued)
    {
        var problem = new LinearProblem(seed, valued);
        double bound = 0.1 * (seed % 10);
        if (problem.Train.Count == 0)
        {
            return;
        }

        var model = new Ease(new EaseOptions
        {
            L2 = problem.L2,
            Dropout = problem.Dropout,
            Diagonal = DiagonalRule.Bounded,
            Bound = bound,
            Precision = Precision.Double,
        });
        model.Fit(problem.Train, new FitContext());
        var gradient = problem.Gradient(model.Weights, problem.Dropout);
        for (int i = 0; i < model.Weights.Rows; i++)
        {
            double weight = model.Weights[i, i];
            weight.ShouldBeLessThanOrEqualTo(bound + 1e-12);
            gradient[i, i].ShouldBeLessThan(1e-12, $"multiplier of item {i}");
            (weight < bound - 1e-9 ? Math.Abs(gradient[i, i]) : 0).ShouldBeLessThan(1e-12, $"multiplier of item {i}, below its bound");
            for (int j = 0; j < model.Weights.Columns; j++)
            {
                (i == j ? 0 : Math.Abs(gradient[i, j])).ShouldBeLessThan(1e-12, $"gradient at {i}, {j}");
            }
        }
    }

    [Fact]
    public void Bounded_BetweenTheEnds_ReachesTheBoundForSomeItemsOnly()
    {
        var free = Fitted(new EaseOptions { L2 = 3, Diagonal = DiagonalRule.Free, Precision = Precision.Double });
        double[] diagonal = [.. Enumerable.Range(0, Train.Items.Count).Select(i => free.Weights[i, i]).Order()];
        double middle = diagonal[diagonal.Length / 2];
        var bounded = Fitted(new EaseOptions { L2 = 3, Diagonal = DiagonalRule.Bounded, Bound = middle, Precision = Precision.Double });
        Enumerable.Range(0, Train.Items.Count).Count(i => bounded.Weights[i, i] < middle - 1e-9).ShouldBeInRange(5, Train.Items.Count - 5);
        bounded.Name.ShouldStartWith("EASE λ=3 ξ=0.");
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0, 0.5)]
    public void KeepGram_WithWeightsThatItDoesNotHold_IsRefused(double user, double popularity) =>
        Should.Throw<ArgumentException>(() => new Ease(new EaseOptions { KeepGram = true, UserPower = user, PopularityPower = popularity }))
            .Message.ShouldContain("KeepGram");

    [Fact]
    public void Items_NobodyMet_ScoreFinite()
    {
        var some = TestMatrix.Of(9, 6, (u, i) => i < 4 && (u + i) % 2 == 0 ? 1 : 0);
        var model = new Ease(new EaseOptions { L2 = 1, Penalty = 1, UserPower = 0.5, PopularityPower = 0.5, Diagonal = DiagonalRule.Bounded });
        model.Fit(some, new FitContext());
        var scores = TestMatrix.Scores(model, some);
        scores.ShouldAllBe(s => float.IsFinite(s));
        scores.ShouldContain(s => s != 0);
    }

    private static Ease Fitted(EaseOptions options)
    {
        var model = new Ease(options);
        model.Fit(Train, new FitContext());
        return model;
    }

    private static int[] Bits(EaseOptions options) => Bits(new Ease(options));

    private static int[] Bits(LinearAutoencoder model)
    {
        model.Fit(new TrainingData(Train), new FitContext());
        float[] weights = model.Weights.ToSingle(Train.Items.Count);
        weights.ShouldContain(w => w != 0);
        return Array.ConvertAll(weights, BitConverter.SingleToInt32Bits);
    }

    private static void ShouldAgree(WeightMatrix found, Func<int, int, double> expected, double tolerance)
    {
        for (int i = 0; i < found.Rows; i++)
        {
            for (int j = 0; j < found.Columns; j++)
            {
                found[i, j].ShouldBe(expected(i, j), tolerance, $"{i}, {j}");
            }
        }
    }
}
