using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Models;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Tests;

/// <summary>A mark tests the figure of its column: figures that are no means over users are resampled, not averaged.</summary>
[Collection(WorkersCollection.Name)]
public sealed class PooledComparisonTests
{
    // 60 users with one rating each, of whom the second model errs by .1 and the first by .5; 20 users with 20 ratings
    // each, of whom the second errs by 1 and the first by .5.
    private const int Light = 60, Heavy = 20, Each = 20;

    [Fact]
    public void CompareWithBest_UsersAndRatingsDisagree_TestsTheFigureOfTheColumn()
    {
        var report = new Experiment(Contradicting()) { Models = [First, Second] }.Run();
        var (first, second) = (report.Rows[0], report.Rows[1]);
        first.Metrics["rmse"].Mean.ShouldBeLessThan(second.Metrics["rmse"].Mean);

        // What was tested before: over users the model with the smaller RMSE is the significantly worse one.
        var overUsers = PairedComparison.Of(first.PerUser["rmse"], second.PerUser["rmse"]);
        (overUsers.Difference > 0, overUsers.Significant).ShouldBe((true, true));

        foreach (string metric in (string[])["rmse", "mae"])
        {
            report.Best(metric).ShouldBeSameAs(first);
            var found = report.CompareWithBest(metric)[1]!;
            found.Test.ShouldBe(PairedTest.BootstrapOverUsers);
            found.Difference.ShouldBe(first.Metrics[metric].Mean - second.Metrics[metric].Mean, 1e-12, metric);
            (found.High < 0, found.Significant).ShouldBe((true, true), metric);
            found.Low.ShouldBeLessThan(found.Difference);
        }

        // A mean over users is tested as before, and the other model is its best.
        report.Best("rmse_per_user").ShouldBeSameAs(second);
        report.CompareWithBest("rmse_per_user")[0].ShouldBeEquivalentTo(PairedComparison.Of(second.PerUser["rmse_per_user"], first.PerUser["rmse_per_user"], 1, 2_000));
    }

    [Fact]
    public void CompareWithBest_Repetitions_TestTheMeanOverThem()
    {
        var protocol = Protocols.Create("rating", new ProtocolOptions { Repetitions = 3 });
        var report = new Experiment(Interactions.From(Splitting.RandomLog.Of(4)), protocol)
        {
            Models = [new("mean", () => new RatingMean(new())), new("bias", () => new RatingBias(new()))],
        }.Run();
        foreach (string metric in protocol.DefaultMetrics)
        {
            var best = report.Best(metric)!;
            int other = ReferenceEquals(best, report.Rows[0]) ? 1 : 0;
            var found = report.CompareWithBest(metric)[other]!;
            found.Test.ShouldBe(PairedTest.BootstrapOverUsers, metric);
            found.Difference.ShouldBe(best.Metrics[metric].Mean - report.Rows[other].Metrics[metric].Mean, 1e-12, metric);
            found.Difference.ShouldBeLessThanOrEqualTo(0);
        }
    }

    [Fact]
    public void OfPooled_PlainResampling_HasItsIntervalAndP()
    {
        // Every drawn user's ratings side by side, and the RMSE of all of them, with the same draws.
        const int Users = 40, Resamples = 300;
        var (errors, others) = (Errors(1, Users, 0.9), Errors(2, Users, 1));
        var found = PairedComparison.OfPooled([Rmse(errors)], [Rmse(others)], 9, Resamples);
        var differences = new double[Resamples];
        for (int sample = 0; sample < Resamples; sample++)
        {
            var rng = new Rng(9, (ulong)sample);
            int[] drawn = [.. Enumerable.Range(0, Users).Select(_ => rng.NextInt32(Users))];
            differences[sample] = Root(drawn.SelectMany(u => errors[u])) - Root(drawn.SelectMany(u => others[u]));
        }

        Array.Sort(differences);
        found.Difference.ShouldBe(Root(errors.SelectMany(e => e)) - Root(others.SelectMany(e => e)), 1e-12);
        found.Low.ShouldBe(differences[7] + (0.475 * (differences[8] - differences[7])), 1e-12);
        found.High.ShouldBe(differences[291] + (0.525 * (differences[292] - differences[291])), 1e-12);
        int side = Math.Min(differences.Count(d => d <= 0), differences.Count(d => d >= 0));
        found.PValue.ShouldBe(Math.Min(1, 2.0 * (side + 1) / (Resamples + 1)), 1e-12);
        (found.Users, double.IsNaN(found.T)).ShouldBe((Users, true));

        static double Root(IEnumerable<double> e) => Math.Sqrt(e.Average(x => x * x));
    }

    [Fact]
    public void OfPooled_DependentRatings_AreNotDrawnApart()
    {
        // A user's ratings all err alike: an interval of drawn ratings would be √10 too narrow.
        const int Users = 400;
        var rng = new Rng(3);
        double[] lean = [.. Enumerable.Range(0, Users).Select(_ => rng.NextGaussian())];
        var (a, b) = (new PooledFigure([.. lean.Select(x => 10 * x)], Ten()), new PooledFigure(new double[Users], Ten()));
        var found = PairedComparison.OfPooled([a], [b], 1, 4_000);
        double error = MetricValue.Of(lean).StandardError;
        ((found.High - found.Low) / error).ShouldBe(2 * 1.96, 0.3);

        static double[] Ten() => [.. Enumerable.Repeat(10.0, Users)];
    }

    [Fact]
    public void OfPooled_NoDifference_IsNotSignificant()
    {
        var figure = Rmse(Errors(1, 30, 1));
        var found = PairedComparison.OfPooled([figure], [figure]);
        (found.Difference, found.Low, found.High, found.PValue, found.Significant).ShouldBe((0, 0, 0, 1, false));
    }

    [Fact]
    public void OfPooled_Swapped_ChangesTheSign()
    {
        var (a, b) = (Rmse(Errors(1, 30, 1)), Rmse(Errors(2, 30, 1.1)));
        var (one, other) = (PairedComparison.OfPooled([a], [b], 3, 500), PairedComparison.OfPooled([b], [a], 3, 500));
        other.Difference.ShouldBe(-one.Difference, 1e-15);
        (other.Low, other.High).ShouldBe((-one.High, -one.Low), new Close());
        other.PValue.ShouldBe(one.PValue);
    }

    [Fact]
    public void OfPooled_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var found = PairedComparison.OfPooled([Rmse(Errors(1, 200, 1))], [Rmse(Errors(2, 200, 1))], 3, 500, compute);
        return [.. new[] { found.Low, found.High, found.PValue, found.Difference }.SelectMany(x => (float[])[(float)x, (float)(x - (float)x)])];
    });

    [Fact]
    public void OfPooled_Wrong_SaysWhatWasFound()
    {
        var two = new PooledFigure([1, 2], [1, 1]);
        Should.Throw<ArgumentException>(() => PairedComparison.OfPooled([two], [])).Message.ShouldStartWith("Found 1 and 0 repetitions");
        Should.Throw<ArgumentException>(() => PairedComparison.OfPooled([two], [new([1], [1])])).Message.ShouldStartWith("Repetition 0: found 2 and 1 users");
        Should.Throw<ArgumentException>(() => PairedComparison.OfPooled([new([1], [1])], [new([1], [1])])).Message.ShouldContain("at least 2");
        Should.Throw<ArgumentException>(() => PairedComparison.OfPooled([two], [new([1, double.NaN], [1, 1])])).Message.ShouldStartWith("User 1: found 2 of 1 and NaN of 1");
        Should.Throw<ArgumentException>(() => PairedComparison.OfPooled([two], [new([1, 2], [1, 3])])).Message.ShouldStartWith("User 1: ");
        Should.Throw<ArgumentOutOfRangeException>(() => PairedComparison.OfPooled([two], [two], resamples: 99));
    }

    private static ExperimentModel First { get; } = new("first", () => new Table("first", _ => 3.5f));

    private static ExperimentModel Second { get; } = new("second", () => new Table("second", user => user < Light ? 3.1f : 4));

    private static Split Contradicting()
    {
        var ratings = Models.TestMatrix.Of(Light + Heavy, Each + 1, (u, i) => i < (u < Light ? 1 : Each) ? 3 : 0);
        var history = Models.TestMatrix.Of(Light + Heavy, Each + 1, (_, i) => i == Each ? 3 : 0);
        return new Split { Protocol = "made", Description = "made", Train = history, Test = new(history, ratings), IsRating = true };
    }

    private static double[][] Errors(ulong seed, int users, double scale)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, users).Select(u => Enumerable.Range(0, 1 + (u % 7)).Select(_ => scale * rng.NextGaussian()).ToArray())];
    }

    private static PooledFigure Rmse(double[][] errors) =>
        new([.. errors.Select(e => e.Sum(x => x * x))], [.. errors.Select(e => (double)e.Length)], new RmseMetric());

    private sealed class Close : IEqualityComparer<(double Low, double High)>
    {
        public bool Equals((double Low, double High) x, (double Low, double High) y) => Math.Abs(x.Low - y.Low) < 1e-15 && Math.Abs(x.High - y.High) < 1e-15;

        public int GetHashCode((double Low, double High) obj) => 0;
    }

    /// <summary>Predicts a number for each user.</summary>
    private sealed class Table(string name, Func<int, float> ofUser) : IRatingPredictor
    {
        public string Name => name;

        public IdMap Items => throw new NotSupportedException();

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
        {
            for (int r = 0; r < histories.Count; r++)
            {
                predictions[offsets[r]..offsets[r + 1]].Fill(ofUser(histories.Start + r));
            }
        }
    }
}
