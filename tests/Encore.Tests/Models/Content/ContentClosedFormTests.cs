using Encore.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Models;

/// <summary>The closed forms with content against their definitions in plain arithmetic, and what an optimum has to fulfil.</summary>
public sealed class ContentClosedFormTests
{
    [Fact]
    public void AlphaZero_IsEaseToTheBit()
    {
        var problem = new ContentProblem(1);
        int[] ease = Bits(problem.Fitted(new Ease(new EaseOptions { L2 = 3 })).Weights);
        Bits(problem.Fitted(new Cease(new CeaseOptions { L2 = 3, Alpha = 0 })).Learned.W).ShouldBe(ease);
        Bits(problem.Fitted(new Fease(new FeaseOptions { L2 = 3, Alpha = 0, Delta = 0 })).Learned.W).ShouldBe(ease);
        Bits(problem.Fitted(new Marec(new MarecOptions { L2 = 3, Alpha = 0 })).Learned.W).ShouldBe(ease);
    }

    // (A + λI)·B − A = −diag(multipliers), A = G + α²·T·Tᵀ.
    [Property(MaxTest = 30)]
    public void Cease_RandomProblem_IsOptimal(ulong seed, bool valued, bool vectors)
    {
        var problem = new ContentProblem(seed, users: 10 + (int)(seed % 30), items: 3 + (int)(seed % 14), valued: valued, vectors: vectors);
        if (problem.Train.Count == 0)
        {
            return;
        }

        double λ = 0.5 + (seed % 5), α = 0.3 * (1 + (seed % 4));
        var b = ContentProblem.Dense(problem.Fitted(new Cease(new CeaseOptions { L2 = λ, Alpha = α, Precision = Precision.Double })).Learned.W);
        var a = ContentProblem.PlusOuter(problem.G, problem.T, α * α);
        ShouldHaveZeroGradient(ContentProblem.PlusDiagonal(a, λ), b, a);
    }

    // (ZᵀZ + Λ)·B − (ZᵀZ + δR) = −diag(multipliers), Λ = λ + δ of items and λ of user features.
    [Theory]
    [InlineData(0.0, 0.0, 4.0)]
    [InlineData(0.7, 0.0, 4.0)]
    [InlineData(0.7, 1.5, 0.0)]
    [InlineData(0.7, 1.5, 4.0)]
    public void Fease_IsOptimal(double α, double β, double δ)
    {
        const int k = 4;
        for (ulong seed = 1; seed < 6; seed++)
        {
            var problem = new ContentProblem(seed, coldFrom: seed % 2 == 0 ? 14 : int.MaxValue);
            var model = problem.Fitted(new Fease(new FeaseOptions { L2 = 2, Alpha = α, Beta = β, Delta = δ, Neighbours = k, Precision = Precision.Double }), withUsers: true);
            int n = problem.N, all = n + (β > 0 ? problem.U.GetLength(1) : 0);
            model.Learned.W.Rows.ShouldBe(all);
            var z = TestMatrix.Dense(problem.X.GetLength(0), all, (u, i) => i < n ? problem.X[u, i] : β * problem.U[u, i - n]);
            var zz = TestMatrix.TransposeTimes(z, z);
            var t = ContentProblem.PlusOuter(new double[n, n], problem.T, α * α);
            var r = problem.Likeness(k);
            r.Cast<double>().Count(x => x > 0).ShouldBeGreaterThan(20);
            var left = TestMatrix.Dense(all, all, (i, j) => zz[i, j] + (i < n && j < n ? t[i, j] : 0) + (i != j ? 0 : i < n ? 2 + δ : 2));
            var right = TestMatrix.Dense(all, n, (i, j) => zz[i, j] + (i < n ? t[i, j] + (δ * r[i, j]) : 0));
            ShouldHaveZeroGradient(left, ContentProblem.Dense(model.Learned.W), right);
        }
    }

    [Theory]
    [InlineData(false)] // fewer features than items: the inverse of features
    [InlineData(true)]  // more: the inverse of items
    public void AddEase_IsTheSumOfBoth(bool vectors)
    {
        var problem = new ContentProblem(3, vectors: vectors);
        (problem.ItemFeatures.Count < problem.N).ShouldBe(!vectors);
        var model = problem.Fitted(new AddEase(new AddEaseOptions { L2 = 3, FeatureL2 = 0.5, Alpha = 0.3, Precision = Precision.Double }));
        var x = ContentProblem.ZeroDiagonal(ContentProblem.Inverse(ContentProblem.PlusDiagonal(problem.G, 3)));
        var t = ContentProblem.ZeroDiagonal(ContentProblem.Inverse(ContentProblem.PlusDiagonal(ContentProblem.PlusOuter(new double[problem.N, problem.N], problem.T, 1), 0.5)));
        TestMatrix.LargestDifference(ContentProblem.Dense(model.Learned.W), TestMatrix.Dense(problem.N, problem.N, (i, j) => (0.7 * x[i, j]) + (0.3 * t[i, j])))
            .ShouldBeLessThan(1e-10);
    }

    [Theory]
    [InlineData(20.0)]
    [InlineData(60.0)] // more items get the content's part than not
    public void Marec_IsItsDefinition(double percentile)
    {
        const double λ = 2, α = 0.8, β = 3, δ = 0.5;
        var problem = new ContentProblem(5, coldFrom: 15);
        var model = problem.Fitted(new Marec(new MarecOptions { L2 = λ, Alpha = α, Beta = β, Shrinkage = δ, Percentile = percentile, Precision = Precision.Double }));
        int n = problem.N;
        double[] counts = [.. Enumerable.Range(0, n).Select(j => problem.G[j, j])];
        double[] met = [.. counts.Where(c => c > 0).Order()];
        double p = met[(int)(percentile / 100 * met.Length)];
        p.ShouldBeGreaterThan(1);
        var μ = model.AttributeWeights;
        μ.Select(m => m.Attributes).ShouldBe(["kind", "words", "kind × words"]);
        μ.Count(m => m.Weight > 0).ShouldBeGreaterThan(0);
        var h = Terms(problem, δ);
        var s = TestMatrix.Dense(n, n, (i, j) => Enumerable.Range(0, 3).Sum(t => μ[t].Weight * h[t][i, j]));
        var gs = ContentProblem.Times(problem.G, s);
        var f = TestMatrix.Dense(n, n, (i, j) => counts[j] <= p ? α * gs[i, j] * β * (p - counts[j]) / p : 0);
        var expected = ContentProblem.ZeroDiagonal(ContentProblem.Inverse(TestMatrix.Dense(n, n, (i, j) => problem.G[i, j] + f[i, j] + (i == j ? λ : 0))));
        var found = ContentProblem.Dense(model.Learned.W);
        TestMatrix.LargestDifference(found, expected).ShouldBeLessThan(1e-9);
        Enumerable.Range(0, n).Count(i => Math.Abs(found[i, 16]) > 1e-6).ShouldBeGreaterThan(3); // nobody has met it
    }

    // The weighted squared error has no descent: 0 in the direction of a positive weight, not downwards from one that is 0.
    [Property(MaxTest = 20)]
    public void Marec_AttributeWeights_AreARegressionWithoutNegatives(ulong seed)
    {
        var problem = new ContentProblem(seed, users: 60);
        var model = problem.Fitted(new Marec(new MarecOptions { Shrinkage = 0.5 }));
        double[] μ = [.. model.AttributeWeights.Select(m => m.Weight)];
        var y = Terms(problem, 0.5).Select(h => ContentProblem.Times(problem.X, h)).ToArray();
        double Weight(int u, int j) => problem.X[u, j] != 0 ? 1 : 0.1;
        var pairs = (from u in Enumerable.Range(0, 60) from j in Enumerable.Range(0, problem.N) where problem.G[j, j] > 0 select (u, j)).ToArray();
        double total = pairs.Sum(p => Weight(p.u, p.j));
        double intercept = pairs.Sum(p => Weight(p.u, p.j) * (problem.X[p.u, p.j] - μ.Select((m, t) => m * y[t][p.u, p.j]).Sum())) / total;
        for (int t = 0; t < 3; t++)
        {
            double gradient = pairs.Sum(p => Weight(p.u, p.j) * y[t][p.u, p.j] * (problem.X[p.u, p.j] - intercept - μ.Select((m, k) => m * y[k][p.u, p.j]).Sum()));
            double size = pairs.Sum(p => Weight(p.u, p.j) * y[t][p.u, p.j] * problem.X[p.u, p.j]);
            μ[t].ShouldBeGreaterThanOrEqualTo(0);
            (μ[t] > 0 ? Math.Abs(gradient) : gradient).ShouldBeLessThan(1e-5 * size, $"term {t}, weight {μ[t]}");
        }
    }

    [Fact]
    public void ContentKnn_IsTheCosineOfTheMostAlikeThatAreMet()
    {
        var problem = new ContentProblem(2, coldFrom: 14);
        var model = problem.Fitted(new ContentKnn(new ContentKnnOptions { Neighbours = 3 }));
        TestMatrix.LargestDifference(ContentProblem.Dense(model.Learned.W), problem.Likeness(3)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void GroupPopularity_MixesAGroupWithAll()
    {
        var problem = new ContentProblem(4);
        var model = problem.Fitted(new GroupPopularity(new GroupPopularityOptions { Shrinkage = 5 }), withUsers: true);
        var scores = new float[problem.N];
        model.Score(new Histories(problem.Train, 4, 1) { UserFeatures = problem.UserFeatures }, scores); // user 5, group 1
        int[] group = [.. Enumerable.Range(0, 40).Where(u => u % 3 == 1)];
        for (int j = 0; j < problem.N; j++)
        {
            double p = problem.G[j, j] / 40;
            scores[j].ShouldBe((float)((group.Sum(u => problem.X[u, j]) + (5 * p)) / (group.Length + 5)), 1e-6f);
        }

        model.Score(new Histories(problem.Train, 4, 1), scores);
        scores[3].ShouldBe((float)(problem.G[3, 3] / 40), 1e-6f);
    }

    // ⟨z_i, z_j⟩/(‖z_i‖·‖z_j‖ + δ) of kind, of words, and their product.
    private static double[][,] Terms(ContentProblem problem, double δ)
    {
        var columns = problem.ItemFeatures.Space.Columns;
        var g = columns.Select(c => TestMatrix.Dense(problem.N, problem.N, (i, j) =>
        {
            double Dot(int a, int b) => Enumerable.Range(c.Start, c.Count).Sum(f => problem.T[a, f] * problem.T[b, f]);
            return i == j ? 0 : Dot(i, j) / ((Math.Sqrt(Dot(i, i)) * Math.Sqrt(Dot(j, j))) + δ);
        })).ToArray();
        return [g[0], g[1], TestMatrix.Dense(problem.N, problem.N, (i, j) => g[0][i, j] * g[1][i, j])];
    }

    private static void ShouldHaveZeroGradient(double[,] left, double[,] b, double[,] right)
    {
        double scale = right.Cast<double>().Append(1).Max();
        var product = ContentProblem.Times(left, b);
        for (int j = 0; j < b.GetLength(1); j++)
        {
            b[j, j].ShouldBe(0);
            for (int i = 0; i < b.GetLength(0); i++)
            {
                (i == j ? 0 : Math.Abs(product[i, j] - right[i, j]) / scale).ShouldBeLessThan(1e-7, $"gradient at {i}, {j}");
            }
        }
    }

    private static int[] Bits(WeightMatrix w) => Array.ConvertAll(w.ToSingle(w.Rows), BitConverter.SingleToInt32Bits);
}
