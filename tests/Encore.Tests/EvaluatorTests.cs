using Encore.Evaluation;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Testing;
using Encore.Tests.Metrics;
using Encore.Tests.Models;
using FsCheck.Xunit;

namespace Encore.Tests;

public sealed class EvaluatorTests
{
    [Property(MaxTest = 60)]
    public void Evaluate_AnyScores_IsThePlainEvaluation(ulong seed, bool excludeSeen)
    {
        var problem = new Problem(seed);
        var metrics = problem.Metrics();
        var report = Evaluator.Evaluate(problem.Model, problem.Set, new EvaluationOptions
        {
            Metrics = metrics,
            ExcludeSeen = excludeSeen,
            Train = problem.Train,
        });
        report.UserRows.ShouldBe(problem.Rows);
        (report.Users, report.UsersWithoutHeldOut).ShouldBe((problem.Rows.Length, problem.Users - problem.Rows.Length));
        foreach (var metric in metrics)
        {
            int[][] lists = [.. problem.Rows.Select(u => problem.List(u, metric.K, excludeSeen))];
            string name = metric.ToString();
            if (metric.IsPerUser)
            {
                double[] expected = [.. problem.Rows.Select((u, p) =>
                    PlainEvaluator.OfUser(metric, lists[p], problem.Held(u), problem.Train))];
                report.PerUser[name].ShouldBe(expected, 1e-12);
                report.Metrics[name].Mean.ShouldBe(expected.Average(), 1e-12, name);
                if (expected.Length > 1)
                {
                    report.Metrics[name].StandardError.ShouldBe(MetricValue.Of(expected).StandardError, 1e-12, name);
                }
            }
            else
            {
                double expected = metric.Kind == "coverage"
                    ? PlainEvaluator.Coverage(lists, problem.Items) : PlainEvaluator.Gini(lists, problem.Items);
                report.Metrics[name].Mean.ShouldBe(expected, 1e-12, name);
                report.Metrics[name].StandardError.ShouldBe(double.NaN);
                report.PerUser.ShouldNotContainKey(name);
            }

            if (metric.Kind != "novelty")
            {
                report.Metrics[name].Mean.ShouldBeInRange(0, 1, name);
            }
        }
    }

    [Property(MaxTest = 30)]
    public void Evaluate_UsersInAnotherOrder_LeavesTheMeans(ulong seed)
    {
        var problem = new Problem(seed);
        int[] order = [.. Enumerable.Range(0, problem.Users)];
        new Rng(seed, 5).Shuffle(order.AsSpan());
        var set = new EvaluationSet(
            TestMatrix.Of(problem.Users, problem.Items, (u, i) => problem.Seen(order[u]).Contains(i) ? 1 : 0),
            TestMatrix.Of(problem.Users, problem.Items, (u, i) => problem.Held(order[u]).Contains(i) ? 1 : 0));
        var options = new EvaluationOptions { Metrics = problem.Metrics(), Train = problem.Train };
        var shuffled =
            Evaluator.Evaluate(new TableModel(set.History.Items, (u, i) => problem.Score(order[u], i)), set, options);
        foreach (var (name, value) in Evaluator.Evaluate(problem.Model, problem.Set, options).Metrics)
        {
            shuffled.Metrics[name].Mean.ShouldBe(value.Mean, 1e-12, name);
        }
    }

    [Fact]
    public void Evaluate_MoreUsersThanABlock_IsAsOneByOne()
    {
        // A block is 4 Mi scores: 5 users of 1,500,000 items take three.
        const int Users = 5, Items = 1_500_000;
        var (history, held) = (Sparse(Users, Items, 1), Sparse(Users, Items, 2));
        float Score(int u, int i) => (uint)((i * 2654435761) + (u * 97)) % 1000;
        var model = new TableModel(history.Items, Score);
        RankingMetric[] metrics = [.. new[] { "ndcg@300000", "coverage@10", "mrr@300000" }.Select(MetricCatalog.BuiltIn.Ranking)];
        var fractions = new List<double>();
        var options = new EvaluationOptions { Metrics = metrics, Progress = new Collector<double>(fractions.Add) };
        var report = Evaluator.Evaluate(model, new EvaluationSet(history, held), options);
        model.Blocks.ShouldBe([2, 2, 1]);
        fractions.ShouldBe([2.0 / 5, 4.0 / 5, 1]);
        var listed = new HashSet<int>();
        for (int u = 0; u < Users; u++)
        {
            var alone = Evaluator.Evaluate(new TableModel(history.Items, (_, i) => Score(u, i)),
                new EvaluationSet(Row(history, u), Row(held, u)), new EvaluationOptions { Metrics = metrics });
            report.PerUser["ndcg@300000"][u].ShouldBe(alone.PerUser["ndcg@300000"][0]);
            report.PerUser["mrr@300000"][u].ShouldBe(alone.PerUser["mrr@300000"][0]);
            alone.Metrics["coverage@10"].Mean.ShouldBe(10.0 / Items, 1e-15);
            listed.UnionWith(PlainTop(i => Score(u, i), Items, history.Csr.RowIndices(u).ToArray()));
        }

        report.Metrics["coverage@10"].Mean.ShouldBe(listed.Count / (double)Items, 1e-15);
        report.Metrics["ndcg@300000"].Mean.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Evaluate_EqualScores_RankByLowerIndex()
    {
        var set = Set("..h...", "..h...");
        Mean("mrr@6", set, (_, _) => 1).ShouldBe(1.0 / 3);
        Mean("mrr@6", set, (_, i) => i < 2 ? -0f : 0f).ShouldBe(1.0 / 3); // the two zeros are equal
        Mean("mrr@2", set, (_, _) => 1).ShouldBe(0);
    }

    [Fact]
    public void Evaluate_SeenItems_AreExcludedUnlessAskedFor()
    {
        var set = Set("ss.h");
        Mean("mrr@4", set, (_, i) => -i).ShouldBe(1.0 / 2);
        Mean("mrr@4", set, (_, i) => -i, excludeSeen: false).ShouldBe(1.0 / 4);
    }

    [Fact]
    public void Evaluate_InfiniteScores_FirstOrNever()
    {
        var set = Set("s.h.h");
        // Two items at +∞ rank first, by index; what is at −∞ is not listed although the list has room.
        Mean("mrr@5", set, (_, i) => i == 4 ? float.PositiveInfinity : 5).ShouldBe(1);
        Mean("recall@5", set, (_, i) => i == 4 ? float.NegativeInfinity : 5).ShouldBe(1.0 / 2);
        Mean("recall@5", set, (_, _) => float.NegativeInfinity).ShouldBe(0);
        Mean("recall@5", set, (_, i) => i == 0 ? float.PositiveInfinity : i, excludeSeen: true)
            .ShouldBe(1); // seen stays out
        Mean("precision@5", set, (_, i) => i == 4 ? float.NegativeInfinity : 5)
            .ShouldBe(1.0 / 5); // divided by k all the same
    }

    [Fact]
    public void Evaluate_LongerListsThanItems_RanksAll()
    {
        var set = Set("s.h.h");
        Mean("recall@1000", set, (_, i) => i).ShouldBe(1);
        Mean("precision@1000", set, (_, i) => i).ShouldBe(2.0 / 1000);
        Mean("ndcg@1000", set, (_, i) => i).ShouldBe((1 + 0.5) / (1 + (1 / Math.Log2(3))), 1e-15);
    }

    [Theory]
    [InlineData(1, 3)] // an unseen item
    [InlineData(1, 0)] // a seen item: excluded from the list, an error all the same
    [InlineData(0, 2)]
    public void Evaluate_NaN_NamesModelUserAndItem(int user, int item)
    {
        var set = Set("ss.h", "ss.h");
        Should.Throw<InvalidDataException>(() => Mean("ndcg@2", set, (u, i) => (u, i) == (user, item) ? float.NaN : i))
            .Message.ShouldBe($"table: the score of item {100 + item} for user {1 + user} is NaN; expected a number.");
        Should.Throw<InvalidDataException>(() =>
            Mean("ndcg@2", set, (u, i) => (u, i) == (user, item) ? float.NaN : i, excludeSeen: false));
    }

    [Fact]
    public void Evaluate_NaNBeyondAFullList_IsStillAnError()
    {
        // The list is full of better items when the NaN comes, and whole vectors of scores are passed over.
        var set = Set("h" + new string('.', 999));
        Should.Throw<InvalidDataException>(() => Mean("ndcg@1", set, (_, i) => i == 700 ? float.NaN : -i))
            .Message.ShouldContain("item 800 ");
    }

    [Fact]
    public void Evaluate_NothingHeldOut_Throws() =>
        Should.Throw<InvalidDataException>(() => Mean("ndcg@2", Set("ss..", "...."), (_, _) => 1))
            .Message.ShouldBe("table cannot be evaluated: none of the 2 users has anything held out.");

    [Fact]
    public void Evaluate_UsersWithNothingHeldOut_AreLeftOutAndCounted()
    {
        var report = Evaluate("hit_rate@1", Set("s...", "sh..", "..s.", "s.h."), (_, i) => -i);
        report.UserRows.ShouldBe([1, 3]);
        (report.Users, report.UsersWithoutHeldOut).ShouldBe((2, 2));
        report.PerUser["hit_rate@1"].ShouldBe([1, 0]);
        report.Metrics["hit_rate@1"].ShouldBe(new MetricValue(0.5, 0.5));
    }

    [Fact]
    public void Evaluate_CoverageAndGini_ByHand()
    {
        // Lists of one: items 0, 0, 0, 1 of four. Ascending counts 0, 0, 1, 3: (−3·0 − 1·0 + 1·1 + 3·3) / (4 · 4).
        var set = Set("...h", "...h", "...h", "...h");
        Mean("coverage@1", set, (u, i) => i == u / 3 ? 1 : 0).ShouldBe(2.0 / 4);
        Mean("gini@1", set, (u, i) => i == u / 3 ? 1 : 0).ShouldBe(10.0 / 16);
        Mean("gini@1", set, (u, i) => i == u ? 1 : 0).ShouldBe(0);
        Mean("gini@1", set, (_, _) => 1).ShouldBe(3.0 / 4); // one item takes all: 1 − 1/n
        Mean("gini@2", set, (_, _) => float.NegativeInfinity).ShouldBe(0); // nothing listed, nothing unequal
    }

    [Fact]
    public void Evaluate_Novelty_ByHand()
    {
        // Of four training users 4, 2, 1 and 0 have the items: 0, 1, 2 bits, and 2 for the one that nobody has.
        var train = TestMatrix.Of(4, 4, (u, i) => i switch { 0 => 1, 1 => u < 2 ? 1 : 0, 2 => u < 1 ? 1 : 0, _ => 0 });
        double Novelty(string metric, string row, Func<int, int, float> score) => Evaluator.Evaluate(
            new TableModel(train.Items, score), Set(row),
                new EvaluationOptions { Metrics = [MetricCatalog.BuiltIn.Ranking(metric)], Train = train }).Metrics[metric].Mean;
        Novelty("novelty@2", "...h", (_, i) => -i).ShouldBe(0.5);
        Novelty("novelty@4", "...h", (_, i) => -i).ShouldBe(1.25);
        Novelty("novelty@4", "s..h", (_, i) => -i).ShouldBe(5.0 / 3); // the mean over a shorter list
    }

    [Fact]
    public void Evaluate_NoveltyWithoutItsData_Throws()
    {
        Should.Throw<ArgumentException>(() => Mean("novelty@2", Set("s.h"), (_, i) => i))
            .Message.ShouldContain("set EvaluationOptions.Train");
        var train = TestMatrix.Of(2, 7, (_, _) => 1);
        var other = new EvaluationOptions { Metrics = [MetricCatalog.BuiltIn.Ranking("novelty@2")], Train = train };
        var set = Set("s.h");
        Should.Throw<InvalidDataException>(() =>
            Evaluator.Evaluate(new TableModel(set.History.Items, (_, i) => i), set, other))
            .Message.ShouldContain("novelty: the training data has 7 items, the histories have 3 with other ids");
    }

    [Fact]
    public void Evaluate_OtherItems_Throws()
    {
        var set = Set("s.h");
        Should.Throw<InvalidDataException>(() =>
            Evaluator.Evaluate(new TableModel(TestMatrix.Ids(100, 4), (_, i) => i), set))
            .Message.ShouldContain("table knows 4 items, the histories have 3 with other ids");

        // As many items, but others: the scores would be those of strangers.
        Should.Throw<InvalidDataException>(() =>
            Evaluator.Evaluate(new TableModel(TestMatrix.Ids(200, 3), (_, i) => i), set));
        Should.Throw<InvalidDataException>(() =>
            Evaluator.Evaluate(new TableModel(IdMap.From(["a", "b", "c"]), (_, i) => i), set));

        // An equal map will do.
        Evaluator.Evaluate(new TableModel(TestMatrix.Ids(100, 3), (_, i) => i), set).Users.ShouldBe(1);
    }

    [Fact]
    public void Evaluate_HeldOutOfOtherUsers_Throws()
    {
        var (a, b) = (Set("s.h"), Set("s.h", "s.h"));
        Should.Throw<InvalidDataException>(() =>
            Evaluate("ndcg@2", new EvaluationSet(a.History, b.HeldOut), (_, i) => i))
            .Message.ShouldContain("Found histories [1, 3] and held-out items [2, 3] with other ids; expected the same users and items");
    }

    [Fact]
    public void Evaluate_NoMetric_Throws()
    {
        var set = Set("s.h");
        Should.Throw<ArgumentException>(() =>
            Evaluator.Evaluate(
                new TableModel(set.History.Items, (_, i) => i), set, new EvaluationOptions { Metrics = [] }))
            .Message.ShouldContain("Found no metric");
    }

    [Fact]
    public void Evaluate_Cancelled_Throws()
    {
        var set = Set("s.h");
        var cancelled = new CancellationToken(canceled: true);
        var model = new TableModel(set.History.Items, (_, i) => i);
        Should.Throw<OperationCanceledException>(() => Evaluator.Evaluate(model, set, cancellationToken: cancelled));
        Should.Throw<OperationCanceledException>(() => Evaluator.EvaluateRatings(model, set, cancellationToken: cancelled));
        model.Blocks.ShouldBeEmpty();
    }

    [Fact]
    public void EvaluateRatings_ByHand_MicroAndPerUser()
    {
        // Errors 1, 1, 2 of the first user, 0 of the second, none of the third.
        var ratings = TestMatrix.Of(3, 4, (u, i) => u == 0 && i < 3 ? i + 1 : u == 1 && i == 3 ? 5 : 0);
        var set = new EvaluationSet(TestMatrix.Of(3, 4, (u, i) => 0), ratings);
        var model = new TableModel(ratings.Items, (u, i) => u == 1 ? 5 : i switch { 0 => 2, 1 => 1, _ => 5 });
        var report = Evaluator.EvaluateRatings(model, set);
        report.Metrics["rmse"].Mean.ShouldBe(Math.Sqrt(6.0 / 4), 1e-15);
        report.Metrics["mae"].Mean.ShouldBe(1);
        report.Metrics["rmse_per_user"].Mean.ShouldBe(Math.Sqrt(2) / 2, 1e-15);
        report.PerUser["rmse"].ShouldBe([Math.Sqrt(2), 0], 1e-15);
        report.PerUser["mae"].ShouldBe([4.0 / 3, 0], 1e-15);
        report.PerUser["rmse_per_user"].ShouldBe([Math.Sqrt(2), 0], 1e-15);
        (report.Users, report.UsersWithoutHeldOut).ShouldBe((2, 1));
    }

    [Property(MaxTest = 30)]
    public void EvaluateRatings_StandardErrors_AreThoseOfTheRatioAndCloseToTheJackknife(ulong seed)
    {
        // Users of different sizes whose errors lean one way or the other: rows alone would give too small an error.
        const int Users = 300;
        var rng = new Rng(seed);
        float[] lean = [.. Enumerable.Range(0, Users).Select(_ => 0.2f + rng.NextSingle())];
        var ratings = TestMatrix.Of(Users, 12, (u, i) => i <= u % 12 ? 3 : 0);
        var set = new EvaluationSet(TestMatrix.Of(Users, 12, (_, _) => 0), ratings);
        float Error(int u, int i) => lean[u] * (1 + (0.1f * i));
        var report = Evaluator.EvaluateRatings(new TableModel(ratings.Items, (u, i) => 3 + Error(u, i)), set);

        double[][] errors = [.. Enumerable.Range(0, Users)
            .Select(u => Enumerable.Range(0, 1 + (u % 12)).Select(i => (double)(3 + Error(u, i)) - 3).ToArray())];
        double[] counts = [.. errors.Select(e => (double)e.Length)], absolutes = [.. errors.Select(e => e.Sum())],
            squares = [.. errors.Select(e => e.Sum(x => x * x))];
        double mae = absolutes.Sum() / counts.Sum(), mse = squares.Sum() / counts.Sum();

        // The linearised ratio: each user's residual over the mean size, and the standard error of their mean.
        double Ratio(double[] sums, double mean) =>
            MetricValue.Of([.. sums.Zip(counts, (s, n) => (s - (mean * n)) / counts.Average())]).StandardError;
        report.Metrics["mae"].Mean.ShouldBe(mae, 1e-9);
        report.Metrics["mae"].StandardError.ShouldBe(Ratio(absolutes, mae), 1e-9);
        report.Metrics["rmse"].Mean.ShouldBe(Math.Sqrt(mse), 1e-9);
        report.Metrics["rmse"].StandardError.ShouldBe(Ratio(squares, mse) / (2 * Math.Sqrt(mse)), 1e-9);

        double Jackknife(Func<double, double, double> figure, double[] sums)
        {
            double[] without = [.. sums.Zip(counts, (s, n) => figure(sums.Sum() - s, counts.Sum() - n))];
            double mean = without.Average();
            return Math.Sqrt((Users - 1.0) / Users * without.Sum(x => (x - mean) * (x - mean)));
        }

        (report.Metrics["mae"].StandardError / Jackknife((s, n) => s / n, absolutes)).ShouldBeInRange(0.97, 1.03);
        (report.Metrics["rmse"].StandardError / Jackknife((s, n) => Math.Sqrt(s / n), squares))
            .ShouldBeInRange(0.97, 1.03);
    }

    [Fact]
    public void EvaluateRatings_OneUser_HasNoStandardError()
    {
        var ratings = TestMatrix.Of(1, 3, (_, _) => 4);
        var set = new EvaluationSet(TestMatrix.Of(1, 3, (_, _) => 0), ratings);
        var report = Evaluator.EvaluateRatings(new TableModel(ratings.Items, (_, _) => 4), set);
        report.Metrics.Values.ShouldAllBe(v => v.Mean == 0 && double.IsNaN(v.StandardError));
    }

    [Fact]
    public void EvaluateRatings_MoreUsersThanABlock_IsAsTheSum()
    {
        const int Users = 9_001; // blocks of 4,096
        var ratings = TestMatrix.Of(Users, 3, (u, i) => (u + i) % 3 == 0 || u % 5 == 0 ? 1 + ((u + i) % 5) : 0);
        var set = new EvaluationSet(TestMatrix.Of(Users, 3, (_, _) => 0), ratings);
        var fractions = new List<double>();
        var report = Evaluator.EvaluateRatings(
            new TableModel(ratings.Items, (u, i) => (u % 7) + i), set,
                new EvaluationOptions { Progress = new Collector<double>(fractions.Add) });
        var (sum, count) = (0.0, 0);
        for (int u = 0; u < Users; u++)
        {
            for (int k = 0; k < ratings.Csr.RowLength(u); k++)
            {
                sum += Math.Abs((u % 7) + ratings.Csr.RowIndices(u)[k] - ratings.Csr.RowValues(u)[k]);
                count++;
            }
        }

        report.Metrics["mae"].Mean.ShouldBe(sum / count, 1e-12);
        fractions.ShouldBe([4096.0 / Users, 8192.0 / Users, 1]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void EvaluateRatings_NotFinite_NamesModelUserAndItem(float prediction)
    {
        var ratings = TestMatrix.Of(2, 3, (_, _) => 4);
        var set = new EvaluationSet(TestMatrix.Of(2, 3, (_, _) => 0), ratings);
        Should.Throw<InvalidDataException>(() =>
            Evaluator.EvaluateRatings(new TableModel(ratings.Items, (u, i) => (u, i) == (1, 2) ? prediction : 3), set))
            .Message.ShouldBe($"table: found prediction {prediction} for user 2, item 102; expected a finite number.");
    }

    [Fact]
    public void EvaluateRatings_NothingHeldOut_Throws()
    {
        var set = Set("ss.");
        Should.Throw<InvalidDataException>(() =>
            Evaluator.EvaluateRatings(new TableModel(set.History.Items, (_, _) => 3), set))
            .Message.ShouldContain("none of the 1 users has anything held out");
    }

    // A row a user: s seen, h held out. Users are 1, 2, …, items 100, 101, …
    private static EvaluationSet Set(params string[] rows) => new(
        TestMatrix.Of(rows.Length, rows[0].Length, (u, i) => rows[u][i] == 's' ? 1 : 0),
        TestMatrix.Of(rows.Length, rows[0].Length, (u, i) => rows[u][i] == 'h' ? 1 : 0));

    private static EvaluationReport Evaluate(string metric, EvaluationSet set, Func<int, int, float> score,
        bool excludeSeen = true) =>
        Evaluator.Evaluate(new TableModel(set.History.Items, score), set,
            new EvaluationOptions { Metrics = [MetricCatalog.BuiltIn.Ranking(metric)], ExcludeSeen = excludeSeen });

    private static double Mean(string metric, EvaluationSet set, Func<int, int, float> score,
        bool excludeSeen = true) =>
        Evaluate(metric, set, score, excludeSeen).Metrics[metric].Mean;

    private static InteractionMatrix Sparse(int users, int items, int part)
    {
        var columns = new int[users * 5];
        for (int k = 0; k < columns.Length; k++)
        {
            columns[k] = (2 * ((k % 5 * 100_003) + (k / 5 * 7))) + part - 1; // even ones are seen, odd ones held out
        }

        var csr = new CsrMatrix(users, items, [.. Enumerable.Range(0, users + 1).Select(u => 5 * u)], columns,
            [.. columns.Select(_ => 1f)]);
        return new InteractionMatrix(TestMatrix.Ids(1, users), TestMatrix.Ids(0, items), csr);
    }

    private static InteractionMatrix Row(InteractionMatrix matrix, int user) => new(
        matrix.Users.Select([user]), matrix.Items,
        new CsrMatrix(
            1, matrix.Items.Count, [0, matrix.Csr.RowLength(user)],
            matrix.Csr.RowIndices(user).ToArray(), matrix.Csr.RowValues(user).ToArray()));

    private static int[] PlainTop(Func<int, float> score, int items, int[] seen) =>
        PlainEvaluator.List(score, items, seen, 10);

    /// <summary>Scores with many ties and a few infinities, histories and held-out items, at random.</summary>
    private sealed class Problem
    {
        private readonly ulong _seed;

        public Problem(ulong seed)
        {
            var rng = new Rng(seed);
            (_seed, Users, Items) = (seed, 1 + rng.NextInt32(12), 3 + rng.NextInt32(60));
            Set = new EvaluationSet(
                TestMatrix.Of(Users, Items, (u, i) => Part(u, i) == 0 ? 1 : 0),
                TestMatrix.Of(Users, Items, (u, i) => Part(u, i) == 1 || (u, i) == (0, 0) ? 1 : 0));
            Train = TestMatrix.Of(9, Items, (u, i) =>
                new Rng(seed, (uint)(1000 + u), (uint)i).NextInt32(3) == 0 ? 1 : 0);
            Model = new TableModel(Set.History.Items, Score);
            Rows = [.. Enumerable.Range(0, Users).Where(u => Held(u).Count > 0)];
        }

        public int Users { get; }

        public int Items { get; }

        public EvaluationSet Set { get; }

        public InteractionMatrix Train { get; }

        public TableModel Model { get; }

        public int[] Rows { get; }

        public float Score(int u, int i)
        {
            int draw = new Rng(_seed, (uint)(2000 + u), (uint)i).NextInt32(8);
            return draw switch { 0 => float.NegativeInfinity, 7 when i % 5 == 0 => float.PositiveInfinity, _ => draw };
        }

        public HashSet<int> Seen(int u) => [.. Set.History.Csr.RowIndices(u)];

        public HashSet<int> Held(int u) => [.. Set.HeldOut.Csr.RowIndices(u)];

        public int[] List(int u, int k, bool excludeSeen) =>
            PlainEvaluator.List(i => Score(u, i), Items, excludeSeen ? Seen(u) : [], k);

        public RankingMetric[] Metrics() =>
            [.. MetricCatalog.BuiltIn.RankingNames
                .SelectMany(kind => new[] { 1, 4, Items, Items + 9 }.Select(k => MetricCatalog.BuiltIn.Ranking($"{kind}@{k}")))];

        // 0 seen, 1 held out, else neither; every third user has nothing held out.
        private int Part(int u, int i)
        {
            int part = new Rng(_seed, (uint)u, (uint)i).NextInt32(4);
            return (u, i) == (0, 0) ? 1 : u % 3 == 2 && part == 1 ? 2 : part;
        }
    }

    private sealed class Collector<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
