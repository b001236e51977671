using Encore.Experiments;
using Encore.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Encore.Tests.Models;

/// <summary>Mult-VAE keeps its promises with features of items as rows and features of users as inputs.</summary>
public sealed class CollectiveMultVaeTests : ContentContractTests<MultVae>
{
    protected override MultVae Create() => new(new MultVaeOptions
    {
        Layers = [24, 12],
        Epochs = 60,
        BatchSize = 10,
        LearningRate = 0.01,
        Dropout = 0.2,
        AnnealSteps = 100,
        Beta = 0.01,
        SideEpochs = 3,
        SideWeight = 0.1,
        UserWeight = 0.1,
    });

    protected override TrainingData Learn(InteractionMatrix train) => CollectiveVaeTests.WithUsers(base.Learn(train));
}

/// <summary>Mult-DAE keeps its promises with both.</summary>
public sealed class CollectiveMultDaeTests : ContentContractTests<MultDae>
{
    protected override MultDae Create() => new(new MultDaeOptions
    {
        Layers = [24],
        Epochs = 60,
        BatchSize = 10,
        LearningRate = 0.01,
        Dropout = 0.2,
        L2 = 0,
        SideEpochs = 3,
        SideWeight = 0.1,
        UserWeight = 0.1,
    });

    protected override TrainingData Learn(InteractionMatrix train) => CollectiveVaeTests.WithUsers(base.Learn(train));
}

/// <summary>Features of items as further rows, and of users as further inputs.</summary>
[Collection(WorkersCollection.Name)]
public sealed class CollectiveVaeTests : IDisposable
{
    private const int Kinds = 3, Warm = 24, Items = 36, Users = 60;

    private static readonly MultVaeOptions Vae = new()
    {
        Layers = [16, 8],
        Epochs = 40,
        BatchSize = 16,
        LearningRate = 0.01,
        Dropout = 0.3,
        AnnealSteps = 50,
        Beta = 0.05,
        Patience = 0,
    };

    private static readonly MultDaeOptions Dae = new() { Layers = [16], Epochs = 40, BatchSize = 16, LearningRate = 0.01, Dropout = 0.3, Patience = 0 };

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-side").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // User u and item i are of kind u mod 3 and i mod 3, and like each other; nobody has met the last third of the items.
    private static InteractionMatrix Train => TestMatrix.Of(Users, Items, (u, i) =>
        i < Warm && new Encore.Numerics.Rng(3, (uint)u, (uint)i).NextDouble() < (u % Kinds == i % Kinds ? 0.6 : 0.05) ? 1 : 0);

    private static TrainingData Data => WithUsers(new TrainingData(Train) { ItemFeatures = Of(Train.Items, "kind") });

    internal static TrainingData WithUsers(TrainingData data) => new(data.Interactions)
    {
        ItemFeatures = data.ItemFeatures,
        UserFeatures = Of(data.Interactions.Users, "group"),
        Validation = data.Validation,
    };

    private static Features Of(IdMap ids, string name) => Features.Of(
        new FeatureTable(ids, [new FeatureValues(name, [.. Enumerable.Range(0, ids.Count).Select(i => new[] { $"{name}{i % Kinds}" })])]),
        [new FeatureRecipe(name) { Kind = FeatureKind.Category }]);

    public static TheoryData<bool> Both => [true, false];

    private static IRecommender Create(bool vae, int epochs = 0, double side = 0, double user = 0) => vae
        ? new MultVae(Vae with { SideEpochs = epochs, SideWeight = side, UserWeight = user })
        : new MultDae(Dae with { SideEpochs = epochs, SideWeight = side, UserWeight = user });

    private static IRecommender Fit(IRecommender model, TrainingData data, FitContext? context = null)
    {
        model.Fit(data, context ?? new FitContext());
        return model;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Fit_OptionsOff_FeaturesChangeNoBit(bool vae) =>
        Scores(Fit(Create(vae), Data)).ShouldBe(Scores(Fit(Create(vae), new TrainingData(Train))));

    [Theory]
    [InlineData(true, 40, 0)]
    [InlineData(true, 0, 0.5)]
    [InlineData(false, 0, 0.5)]
    public void Fit_FeaturesOfItems_TellItemsThatNobodyMetApart(bool vae, int epochs, double side)
    {
        var model = Fit(Create(vae, epochs, side), Data);
        float[] scores = Scores(model);
        int right = 0;
        for (int u = 0; u < Users; u++)
        {
            // The best of the cold items is of the user's kind.
            var row = scores.AsSpan((u * Items) + Warm, Items - Warm);
            right += (Warm + row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max<float>(row))) % Kinds == u % Kinds ? 1 : 0;
        }

        right.ShouldBeGreaterThan(Users * 9 / 10);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Score_UserWithoutAHistory_IsAnsweredByFeatures(bool vae)
    {
        var model = Fit(Create(vae, user: 1), Data);
        ((IUsesUserFeatures)model).UserSpace!.Count.ShouldBe(Kinds);
        var nobody = TestMatrix.Of(3, Items, (_, _) => 0);
        var scores = new float[3 * Items];
        model.Score(new Histories(nobody, 0, 3) { UserFeatures = Of(nobody.Users, "group") }, scores);
        for (int u = 0; u < 3; u++)
        {
            double Mean(Func<int, bool> of) => Enumerable.Range(0, Warm).Where(of).Average(i => scores[(u * Items) + i]);
            (Mean(i => i % Kinds == u) - Mean(i => i % Kinds != u)).ShouldBeGreaterThan(0.5);
        }

        // Without attributes it answers as well, everybody alike.
        var plain = new float[3 * Items];
        model.Score(new Histories(nobody, 0, 3), plain);
        plain[..Items].ShouldBe(plain[Items..(2 * Items)]);
        plain.ShouldAllBe(s => float.IsFinite(s));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fit_KilledAtAnyStep_HasTheBitsOfARunThatNeverStopped(bool vae)
    {
        var straight = Scores(Fit(Create(vae, 3, 0.4, 0.5), Data));
        foreach (int step in (int[])[1, 3, 4, 9]) // the first three are sweeps over the features alone
        {
            string path = Path.Combine(_folder, $"{step}.safetensors");
            using var source = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => Create(vae, 3, 0.4, 0.5).Fit(
                Data, new FitContext { Checkpoint = new CheckpointOptions { Path = path, EverySeconds = 3600 }, Callback = new AfterStep(step, source.Cancel) }, source.Token));
            var resume = new FitContext { Checkpoint = new CheckpointOptions { Path = path, Resume = true } };
            Scores(Fit(Create(vae, 3, 0.4, 0.5), Data, resume)).ShouldBe(straight, $"killed after step {step}");
        }
    }

    [Fact]
    public void Resume_WithOtherFeatures_IsRefused()
    {
        string path = Path.Combine(_folder, "state.safetensors");
        var keep = new FitContext { Checkpoint = new CheckpointOptions { Path = path, KeepAtEnd = true } };
        Fit(Create(vae: false, 2, 0.5), Data, keep);
        var fewer = Features.Of(
            new FeatureTable(Train.Items, [new FeatureValues("kind", [.. Enumerable.Range(0, Items).Select(i => new[] { $"kind{i % 2}" })])]),
            [new FeatureRecipe("kind") { Kind = FeatureKind.Category }]);
        var resume = new FitContext { Checkpoint = new CheckpointOptions { Path = path, Resume = true } };
        Should.Throw<InvalidDataException>(() => Fit(Create(vae: false, 2, 0.5), new TrainingData(Train) { ItemFeatures = fewer }, resume))
            .Message.ShouldContain("item-features=");
    }

    [Fact]
    public void Fit_WithValidation_LearnsAnewWithTheFeaturesOfBoth()
    {
        var train = Train;
        var validated = TestMatrix.Of(20, Items, (u, i) => i < Warm && (u + i) % Kinds == 0 ? 1 : 0);
        var held = TestMatrix.Of(20, Items, (u, i) => i < Warm && (u + i) % Kinds == 0 && i % 4 == 0 ? 1 : 0);
        var all = TestMatrix.Of(Users + 20, Items, (u, i) => u < Users ? train.Csr.RowIndices(u).Contains(i) ? 1 : 0 : i < Warm && (u + i) % Kinds == 0 ? 1 : 0);
        var users = Of(all.Users, "group");
        InteractionMatrix Named(InteractionMatrix m) => new(TestMatrix.Ids(Users + 1, 20), m.Items, m.Csr);
        var data = new TrainingData(train)
        {
            ItemFeatures = Of(train.Items, "kind"),
            UserFeatures = users.For(train.Users),
            Validation = new EvaluationSet(Named(validated), Named(held)) { UserFeatures = users.For(TestMatrix.Ids(Users + 1, 20)) },
            WithValidation = all,
        };
        var twice = Create(vae: true, 2, 0.5, 1);
        Fit(twice, data);
        int best = ((IIterativeModel)twice).Training!.BestEpoch;
        var once = Create(vae: true, 2, 0.5, 1);
        Fit(once, new TrainingData(all) { ItemFeatures = Of(all.Items, "kind"), UserFeatures = users }, new FitContext { Epochs = best });
        Scores(twice).ShouldBe(Scores(once));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void ModelFile_AndOnnx_AnswerAlikeByFeatures(bool vae)
    {
        var model = Fit(Create(vae, 2, 0.5, 0.8), Data);
        string path = Path.Combine(_folder, "model.safetensors"), onnx = Path.Combine(_folder, "model.onnx");
        ModelFile.Save(path, model);
        var loaded = ModelFile.Load(path);
        var known = Of(Train.Users, "group");
        Scores((IRecommender)loaded.Model, known).ShouldBe(Scores(model, known));
        ((IUsesUserFeatures)loaded.Model).UserSpace!.NameOf(1).ShouldBe("group=group1");

        OnnxFile.Save(onnx, model);
        using var session = new InferenceSession(onnx);
        session.InputMetadata.Keys.Order().ShouldBe(["history", "user_features"]);
        var (history, features) = (new DenseTensor<float>([Users, Items]), new DenseTensor<float>([Users, Kinds]));
        for (int u = 0; u < Users; u++)
        {
            foreach (int i in Train.Csr.RowIndices(u))
            {
                history[u, i] = 1;
            }

            features[u, known.Matrix.RowIndices(u)[0]] = 1;
        }

        using var results = session.Run([NamedOnnxValue.CreateFromTensor("history", history), NamedOnnxValue.CreateFromTensor("user_features", features)]);
        float[] expected = Scores(model, known), found = results.Single().AsTensor<float>().ToArray();
        found.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f);
    }

    [Fact]
    public void Errors_SayWhatIsMissing()
    {
        var without = new TrainingData(Train);
        Should.Throw<InvalidDataException>(() => Fit(Create(vae: true, side: 0.5), without)).Message
            .ShouldBe("Mult-VAE 16-8 β=0.05 side-weight=0.5: side-epochs and side-weight learn from what is known of the items: found nothing of 36 items, expected features (--item-features FILE, TrainingData.ItemFeatures).");
        Should.Throw<InvalidDataException>(() => Fit(Create(vae: false, epochs: 1), without)).Message.ShouldContain("found nothing of 36 items");
        Should.Throw<InvalidDataException>(() => Fit(Create(vae: false, user: 1), without)).Message.ShouldContain("found nothing of 60 users");

        var model = Fit(Create(vae: true, user: 1), Data);
        var others = Features.Of(new FeatureTable(Train.Users, [new FeatureValues("g", [.. Enumerable.Range(0, Users).Select(u => new[] { $"{u % 5}" })])]));
        Should.Throw<ArgumentException>(() => Scores(model, others)).Message.ShouldContain("expected 3 of 60");
        Should.Throw<InvalidDataException>(() => Fit(model, new TrainingData(Train) { UserFeatures = others }, new FitContext { WarmStart = true })).Message.ShouldContain("knows users by 3 features and found 5");
    }

    [Fact]
    public void Fit_WarmStart_DoesNotPretrainAgain()
    {
        // Weights that learn nothing more stay as they are: sweeps over features alone would move them.
        var still = Vae with { SideEpochs = 2, Epochs = 1 };
        var model = new MultVae(still);
        Fit(model, Data);
        var steps = new List<long>();
        Fit(model, Data, new FitContext { WarmStart = true, Callback = new Steps(steps) });
        steps.Count.ShouldBe((Users + 15) / 16);
    }

    private static float[] Scores(IRecommender model, Features? users = null)
    {
        var scores = new float[Users * Items];
        model.Score(new Histories(Train, 0, Users) { UserFeatures = users }, scores);
        return scores;
    }

    private sealed class AfterStep(long step, Action stop) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            if (report.Step == step)
            {
                stop();
            }
        }
    }

    private sealed class Steps(List<long> steps) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report) => steps.Add(report.Step);
    }
}
