using System.Diagnostics.CodeAnalysis;
using Encore.Experiments;
using Encore.Models;
using Encore.Numerics;

namespace Encore.Tests.Models;

/// <summary>What models make of interactions that do not all count alike.</summary>
[Collection(WorkersCollection.Name)]
public sealed class WeightedModelsTests : IDisposable
{
    private static readonly InteractionMatrix Train = TestMatrix.Random(5, 50, 23, 0.3);

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-weights").FullName;

    public static TheoryData<string> Weighing => [.. ModelCatalog.BuiltIn.All.Where(m => m.WeightUse is not (WeightUse.None or WeightUse.Unaffected)).Select(m => m.Name)];

    public static TheoryData<string> Refusing => [.. ModelCatalog.BuiltIn.All.Where(m => m.WeightUse == WeightUse.None).Select(m => m.Name)];

    public static TheoryData<string> Networks => [.. ModelCatalog.BuiltIn.All.Where(m => m.WeightUse.HasFlag(WeightUse.Loss)).Select(m => m.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Catalog_WhoUsesWeights_IsAsDocumented()
    {
        string[] Of(WeightUse use) => [.. ModelCatalog.BuiltIn.All.Where(m => m.WeightUse.HasFlag(use)).Select(m => m.Name)];
        Of(WeightUse.Loss).ShouldBe(["mult-vae", "mult-dae", "entity-dae", "recvae", "vae", "cdae", "dae", "sdae"]);
        Of(WeightUse.Users).ShouldBe(["ease", "dlae", "edlae", "mdae"]);
        Of(WeightUse.Values).ShouldBe(["popularity", "itemknn"]);
        Of(WeightUse.Unaffected).ShouldBe(["random"]);
    }

    [Theory]
    [MemberData(nameof(Weighing))]
    public void Fit_WeightsOf1_HasTheBitsOfNone(string name) =>
        Scores(name, Weighted((_, _) => 1)).ShouldBe(Scores(name, Train));

    [Theory]
    [MemberData(nameof(Weighing))]
    public void Fit_90ClicksAndOne_AreNotTheSame(string name)
    {
        // Of users and of entries alike: an even user's item 5 was clicked 90 times.
        Scores(name, Weighted((u, i) => u % 2 == 0 && i == 5 ? 90 : 1)).ShouldNotBe(Scores(name, Train));
    }

    [Theory]
    [MemberData(nameof(Weighing))]
    public void Fit_AnyNumberOfThreads_HasTheSameBits(string name)
    {
        var train = Weighted((u, i) => 1 + ((u * i) % 7), (u, i) => 1f / (1 + ((u + i) % 3)));
        Scores(name, train, new Compute(1)).ShouldBe(Scores(name, train, new Compute(3)));
    }

    [Theory]
    [MemberData(nameof(Weighing))]
    public void Score_HalfLife_CountsOldItemsLessWhereItSaysSo(string name)
    {
        var model = Create(name);
        model.Fit(TestMatrix.Learn(model, Train), new FitContext());
        var aged = new InteractionMatrix(Train.Users, Train.Items, Train.Csr)
        {
            Weights = new InteractionWeights(Values((_, _) => 1), Values((u, i) => i % 2 == 0 ? 1 : 0.25f)),
        };
        bool same = TestMatrix.Scores((IRecommender)model, aged).SequenceEqual(TestMatrix.Scores((IRecommender)model, Train));
        same.ShouldBe(!((IUsesWeights)model).WeightUse.HasFlag(WeightUse.Inputs));
    }

    [Theory]
    [MemberData(nameof(Refusing))]
    public void Fit_ModelThatCannot_Refuses(string name)
    {
        var rated = TestMatrix.Random(5, 50, 23, 0.3, valued: true);
        var train = new InteractionMatrix(rated.Users, rated.Items, rated.Csr) { Weights = new InteractionWeights(Values((_, _) => 2)) };
        var entry = ModelCatalog.BuiltIn.Find(name);
        var model = entry.Create();
        Should.Throw<InvalidDataException>(() => model.Fit(TestMatrix.Learn(model, train), new FitContext())).Message.ShouldContain("cannot use weights");
        if (!entry.NeedsItemFeatures)
        {
            model.Fit(new TrainingData(rated), new FitContext { Callback = new OneEpoch() });
        }
    }

    // A model of others that never looks at weights: whoever runs it does.
    [Fact]
    public void ModelRun_ModelThatDoesNotLook_IsAFailure()
    {
        var train = Weighted((_, _) => 2);
        var outcome = new ModelRun
        {
            Key = new ModelRunKey("blind", 0, 1),
            Model = new Blind(),
            Data = new TrainingData(train),
            Measure = [new Measurement("test", new EvaluationSet(Train, Train), false)],
        }.TryExecute();
        outcome.Result.ShouldBeNull();
        outcome.Failure.ShouldBeOfType<InvalidDataException>().Message.ShouldContain("blind cannot use weights");
    }

    [Fact]
    public void Popularity_Weights_SumsThem()
    {
        float[] weights = Values((u, i) => 1 + ((u * i) % 7));
        var model = new Popularity();
        model.Fit(Weighted((u, i) => 1 + ((u * i) % 7)));
        float[] scores = TestMatrix.Scores(model, Train);
        for (int i = 0; i < Train.Items.Count; i++)
        {
            scores[i].ShouldBe(Enumerable.Range(0, weights.Length).Where(k => Train.Csr.ColumnIndices[k] == i).Sum(k => weights[k]));
        }
    }

    [Fact]
    public void ItemKnn_Weights_AreTheValues()
    {
        var (weighted, valued) = (new ItemKnn(), new ItemKnn());
        weighted.Fit(Weighted((u, i) => 1 + ((u * i) % 7)));
        valued.Fit(new InteractionMatrix(Train.Users, Train.Items, new CsrMatrix(Train.Users.Count, Train.Items.Count, Train.Csr.RowOffsets, Train.Csr.ColumnIndices, Values((u, i) => 1 + ((u * i) % 7)))));
        TestMatrix.Scores(weighted, Train).ShouldBe(TestMatrix.Scores(valued, Train));
    }

    // The optimum of Σ_u a_u·‖x_u − x_u·B‖² + λ‖B‖² with a zero diagonal, in double, from its definition: off the diagonal the
    // gradient is 0.
    [Fact]
    public void Ease_Weights_SolveTheProblemWeightedByUsers()
    {
        const double L2 = 3;
        var model = new Ease(new EaseOptions { L2 = L2, Precision = Precision.Double });
        model.Fit(Weighted((u, i) => 1 + ((u * i) % 7)));
        var (x, a) = (TestMatrix.Dense(Train), UserWeights((u, i) => 1 + ((u * i) % 7)));
        int n = Train.Items.Count;
        a.Distinct().Count().ShouldBeGreaterThan(10);
        var ax = TestMatrix.Dense(Train.Users.Count, n, (u, i) => a[u] * x[u, i]);
        var g = TestMatrix.TransposeTimes(x, ax);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double gradient = Enumerable.Range(0, n).Sum(k => g[i, k] * model.Weights[k, j]) - g[i, j] + (L2 * model.Weights[i, j]);
                (i == j ? model.Weights[i, j] : gradient).ShouldBe(0, 1e-5, $"{i}, {j}"); // the roots of a are single
            }
        }
    }

    [Fact]
    public void Ease_WeightsAlike_HaveTheBitsOfNone()
    {
        // λ keeps its size whatever all interactions count.
        foreach (string name in (string[])["ease", "dlae", "edlae", "mdae"])
        {
            Scores(name, Weighted((_, _) => 37.5f)).ShouldBe(Scores(name, Train), name);
        }
    }

    [Fact]
    public void Ease_KeepGram_RefusesWeights()
    {
        Should.Throw<InvalidDataException>(() => new Ease(new EaseOptions { KeepGram = true }).Fit(Weighted((_, _) => 2))).Message.ShouldContain("cannot use weights of interactions with its options");
        var model = new Ease(new EaseOptions { KeepGram = true });
        model.Fit(Train);
        var others = new InteractionMatrix(TestMatrix.Ids(1000, Train.Users.Count), Train.Items, Train.Csr) { Weights = new InteractionWeights(Values((_, _) => 2)) };
        Should.Throw<InvalidDataException>(() => model.Update(others, new FitContext())).Message.ShouldContain("cannot use weights");
    }

    [Fact]
    public void ClosedForms_WeightsThatAreAll0_Throw() =>
        Should.Throw<InvalidDataException>(() => new Ease().Fit(Weighted((_, _) => 0))).Message.ShouldContain("weight 0");

    // (Q + ρI)·W = P with S = [X 1]ᵀ·diag(a)·[X 1]; and of the second layer with H for X.
    [Fact]
    public void Mdae_Weights_SolveEachLayerWeightedByUsers()
    {
        const double Corruption = 0.4, Ridge = 0.5;
        var model = new Mdae(new MdaeOptions { Corruption = Corruption, Ridge = Ridge, Layers = 2, Precision = Precision.Double });
        model.Fit(Weighted((u, i) => 1 + ((u * i) % 7)));
        var (h, a, n) = (TestMatrix.Dense(Train), UserWeights((u, i) => 1 + ((u * i) % 7)), Train.Items.Count);
        for (int layer = 0; layer < 2; layer++)
        {
            var h1 = TestMatrix.Dense(a.Length, n + 1, (u, i) => i < n ? h[u, i] : 1);
            var s = TestMatrix.TransposeTimes(h1, TestMatrix.Dense(a.Length, n + 1, (u, i) => a[u] * h1[u, i]));
            var q = Enumerable.Repeat(1 - Corruption, n).Append(1).ToArray();
            var w = model.Weights[layer];
            for (int i = 0; i <= n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double left = Enumerable.Range(0, n + 1).Sum(k => ((s[i, k] * (i == k ? q[i] : q[i] * q[k])) + (i == k ? Ridge : 0)) * w[k, j]);
                    left.ShouldBe(s[i, j] * q[i], 1e-3, $"layer {layer}: {i}, {j}");
                }
            }

            h = TestMatrix.Dense(a.Length, n, (u, j) => Math.Tanh(w[n, j] + Enumerable.Range(0, n).Sum(i => h[u, i] * w[i, j])));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Resume_SameWeights_HasTheBitsOfARunThatNeverStopped(string name)
    {
        var train = Weighted((u, i) => 1 + ((u * i) % 7), (u, i) => 1f / (1 + ((u + i) % 3)));
        string path = Path.Combine(_folder, $"{name}.safetensors");
        float[] straight = Scores(name, train);
        using var source = new CancellationTokenSource();
        var stopped = Create(name);
        Should.Throw<OperationCanceledException>(() => stopped.Fit(
            TestMatrix.Learn(stopped, train), new FitContext { Checkpoint = new CheckpointOptions { Path = path }, Callback = new Stop(source) }, source.Token));
        var resumed = Create(name);
        var context = new FitContext { Checkpoint = new CheckpointOptions { Path = path, Resume = true } };
        Should.Throw<InvalidDataException>(() => Create(name).Fit(TestMatrix.Learn(Create(name), Train), context)).Message.ShouldContain("checkpoint of another training");
        Should.Throw<InvalidDataException>(() => Create(name).Fit(TestMatrix.Learn(Create(name), Weighted((u, i) => 1 + ((u * i) % 8), (u, i) => 1f / (1 + ((u + i) % 3)))), context));
        Should.Throw<InvalidDataException>(() => Create(name).Fit(TestMatrix.Learn(Create(name), Weighted((u, i) => 1 + ((u * i) % 7))), context));
        resumed.Fit(TestMatrix.Learn(resumed, train), context);
        TestMatrix.Scores((IRecommender)resumed, train).ShouldBe(straight);
    }

    // Learning anew from training and validation together takes the weights of both.
    [Fact]
    public void Fit_WithValidation_LearnsAnewFromWeightsOfBoth()
    {
        var both = Weighted((u, i) => 1 + ((u * i) % 7));
        var held = TestMatrix.Random(9, 50, 23, 0.1);
        var model = Create("mult-dae");
        model.Fit(new TrainingData(Train) { Validation = new EvaluationSet(Train, held), WithValidation = both }, new FitContext());
        var plain = Create("mult-dae");
        plain.Fit(new TrainingData(Train) { Validation = new EvaluationSet(Train, held), WithValidation = Train }, new FitContext());
        TestMatrix.Scores((IRecommender)model, Train).ShouldNotBe(TestMatrix.Scores((IRecommender)plain, Train));
        Should.Throw<InvalidDataException>(() => new Svae().Fit(new TrainingData(Train) { WithValidation = both }, new FitContext()));
    }

    // Where half of the users count almost nothing, the others decide.
    [Theory]
    [MemberData(nameof(Weighing))]
    public void Fit_UsersThatCountALot_Decide(string name)
    {
        // Even users like the first half of the items, odd ones the second; the even count.
        var train = TestMatrix.Of(60, 20, (u, i) => i / 10 == u % 2 && (u + i) % 3 > 0 ? 1 : 0);
        var weights = new float[train.Count];
        for (int u = 0; u < 60; u++)
        {
            weights.AsSpan(train.Csr.RowOffsets[u]..train.Csr.RowOffsets[u + 1]).Fill(u % 2 == 0 ? 20 : 0.05f);
        }

        var weighted = new InteractionMatrix(train.Users, train.Items, train.Csr) { Weights = new InteractionWeights(weights) };
        var nobody = TestMatrix.Of(1, 20, (_, i) => i is 4 or 14 ? 1 : 0);
        double Even(InteractionMatrix data)
        {
            var model = Create(name, epochs: 30);
            model.Fit(TestMatrix.Learn(model, data), new FitContext());
            float[] scores = TestMatrix.Scores((IRecommender)model, nobody);
            return scores.Take(10).Where((_, i) => i != 4).Sum() - scores.Skip(10).Where((_, i) => i != 4).Sum();
        }

        Even(weighted).ShouldBeGreaterThan(Even(train));
    }

    private static IModel Create(string name, int epochs = 3)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var options = new Dictionary<string, string>();
        void Set(string option, string value)
        {
            if (entry.Options.Any(o => o.Name == option))
            {
                options[option] = value;
            }
        }

        Set("epochs", $"{epochs}");
        Set("batch-size", "16");
        Set("layers", name == "mdae" ? "1" : "8");
        Set("width", "8");
        Set("hidden", name == "cdae" ? "tanh" : "8");
        Set("code", "4");
        Set("pretrain-epochs", "1");
        Set("l2", name is "ease" or "dlae" or "edlae" ? "3" : "0.0001");
        return entry.Create(options);
    }

    private static float[] Scores(string name, InteractionMatrix train, Compute? compute = null)
    {
        var model = Create(name);
        model.Fit(TestMatrix.Learn(model, train), new FitContext { Compute = compute ?? Compute.Default });
        return TestMatrix.Scores((IRecommender)model, train);
    }

    private static InteractionMatrix Weighted(Func<int, int, float> weight, Func<int, int, float>? input = null) =>
        new(Train.Users, Train.Items, Train.Csr) { Weights = new InteractionWeights(Values(weight), input is null ? null : Values(input)) };

    private static float[] Values(Func<int, int, float> of) =>
        [.. Enumerable.Range(0, Train.Users.Count).SelectMany(u => Train.Csr.RowIndices(u).ToArray().Select(i => of(u, i)))];

    // Means of users over the mean of all, plainly.
    private static double[] UserWeights(Func<int, int, float> weight)
    {
        double mean = Values(weight).Average(w => (double)w);
        return [.. Enumerable.Range(0, Train.Users.Count).Select(u =>
            Train.Csr.RowIndices(u).ToArray() is { Length: > 0 } row ? row.Average(i => (double)weight(u, i)) / mean : 1)];
    }

    [SuppressMessage("Performance", "CA1812", Justification = "A test double.")]
    private sealed class Blind : IRecommender
    {
        public string Name => "blind";

        public IdMap Items => Train.Items;

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }

        public void Score(Histories histories, Span<float> scores) => scores.Clear();
    }

    private sealed class OneEpoch : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public bool ShouldContinue(EpochReport report) => false;
    }

    private sealed class Stop(CancellationTokenSource source) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
            if (report.Epoch == 1)
            {
                source.Cancel();
            }
        }
    }
}
