using Encore.Experiments;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Tests.Training;

namespace Encore.Tests.Models;

/// <summary>The masked network keeps the promises of all models.</summary>
public sealed class EntityDaeContractTests : ContentContractTests<EntityDae>
{
    protected override EntityDae Create() => new(new EntityDaeOptions { MinItems = 1, Rest = 16, Epochs = 60, BatchSize = 10, LearningRate = 0.01, Dropout = 0.2, L2 = 0 });
}

/// <summary>Hidden units that are features of items.</summary>
public sealed class EntityDaeTests : IDisposable
{
    private static readonly EntityDaeOptions Options = new() { MinItems = 3, Rest = 4, Epochs = 6, BatchSize = 10, LearningRate = 0.01 };

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-entity").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Fit_WeightsBetweenItemsAndFeaturesThatTheyLack_StayZero()
    {
        var problem = new ContentProblem(3);
        var model = problem.Fitted(new EntityDae(Options with { Optimizer = OptimizerKind.AdamW, WeightDecay = 0.01 }));
        int[] counts = problem.ItemFeatures.Matrix.ColumnCounts();
        int[] units = [.. Enumerable.Range(0, counts.Length).Where(f => counts[f] >= 3)];
        model.Entities.ShouldBe(units.Select(problem.ItemFeatures.Space.NameOf));
        int width = units.Length + 4, zeros = 0;
        foreach (var weight in (Parameter<float>[])[model.Network.Input.Weight, model.Network.Output.Weight])
        {
            for (int i = 0; i < problem.N; i++)
            {
                for (int unit = 0; unit < width; unit++)
                {
                    bool joined = unit >= units.Length || problem.T[i, units[unit]] != 0;
                    (weight.Value[(i * width) + unit] != 0).ShouldBe(joined, $"{weight.Name}, item {i}, unit {unit}");
                    zeros += joined ? 0 : 1;
                }
            }
        }

        zeros.ShouldBeGreaterThan(problem.N);
    }

    [Fact]
    public void MaskedGradient_MatchesDifferences()
    {
        var problem = new ContentProblem(4);
        int[] units = [0, 2, 3];
        var mask = new EntityMask(problem.ItemFeatures.Matrix, units, 5);
        var network = new VaeNetwork<double>(problem.N, [5], variational: false, Likelihood.Multinomial, Activation.Sigmoid);
        Gradients.Fill(network.Parameters, 3);
        var masked = (Parameter<double>[])[network.Input.Weight, network.Output.Weight];
        Array.ForEach(masked, p => mask.Apply(Compute.Default, p.Value));
        var batch = Gradients.Batch<double>(2, 6, problem.N, _ => 1, 0.4);
        using var tape = new Tape<double>();
        network.Gradient(tape, batch, batch, [], 0);
        double[][] found = [.. masked.Select(p => (double[])p.Gradient.Clone())];
        for (int p = 0; p < 2; p++)
        {
            mask.Apply(Compute.Default, found[p]);
            for (int k = 0; k < found[p].Length; k++)
            {
                var value = masked[p].Value;
                int unit = k % 5;
                bool joined = unit >= units.Length || problem.T[k / 5, units[unit]] != 0;
                double before = value[k];
                value[k] = before + 1e-5;
                double above = network.Gradient(tape, batch, batch, [], 0).Nll / 6;
                value[k] = before - 1e-5;
                double below = network.Gradient(tape, batch, batch, [], 0).Nll / 6;
                value[k] = before;
                found[p][k].ShouldBe(joined ? (above - below) / 2e-5 : 0, 1e-7, $"{masked[p].Name}[{k}]");
            }
        }
    }

    [Fact]
    public void Reasons_WithTheRestAndTheBias_SumToTheScore()
    {
        var problem = new ContentProblem(5);
        var model = problem.Fitted(new EntityDae(Options with { Rest = 0 }));
        var histories = new Histories(problem.Train, 3, 2);
        var scores = new float[2 * problem.N];
        model.Score(histories, scores);
        for (int item = 0; item < problem.N; item++)
        {
            var reasons = model.Reasons(histories, 1, item);
            reasons.Select(r => r.Value).ShouldBeInOrder(SortDirection.Descending);
            (model.Network.Output.Bias.Value[item] + reasons.Sum(r => r.Value)).ShouldBe(scores[problem.N + item], 1e-4);
        }

        model.Reasons(histories, 0, 6).ShouldContain(r => r.Entity == "kind=k1");
        Should.Throw<ArgumentOutOfRangeException>(() => model.Reasons(histories, 0, problem.N));
    }

    [Fact]
    public void ModelFile_KeepsUnitsAndBits()
    {
        var problem = new ContentProblem(6);
        var model = problem.Fitted(new EntityDae(Options));
        string path = Path.Combine(_folder, "model.encore");
        ModelFile.Save(path, model);
        var file = ModelFile.Load(path);
        var loaded = (EntityDae)file.Model;
        loaded.Entities.ShouldBe(model.Entities);
        TestMatrix.Scores(loaded, problem.Train).ShouldBe(TestMatrix.Scores(model, problem.Train));
    }

    [Fact]
    public void Errors_SayWhatIsMissing()
    {
        var problem = new ContentProblem(7);
        Should.Throw<InvalidDataException>(() => new EntityDae().Fit(new TrainingData(problem.Train), new FitContext())).Message
            .ShouldContain("found nothing of 17 items, expected features (--item-features FILE, TrainingData.ItemFeatures).");
        Should.Throw<InvalidDataException>(() => problem.Fitted(new EntityDae(Options with { MinItems = 100, Rest = 0 }))).Message
            .ShouldContain("lower min-items or raise rest");
        var model = problem.Fitted(new EntityDae(Options));
        var others = Features.Of(ContentProblem.ItemTable(problem.Train.Items, 3), ContentProblem.Recipes());
        Should.Throw<InvalidDataException>(() => model.Fit(new TrainingData(problem.Train) { ItemFeatures = others }, new FitContext { WarmStart = true })).Message
            .ShouldContain("a warm start expects the same features");
    }
}
