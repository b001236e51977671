using System.Globalization;
using Encore.Experiments;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Testing;

/// <summary>The promises, each with what checks it: null where it is kept, else what was found.</summary>
internal static class Clauses
{
    public static IReadOnlyList<(string Name, Func<Candidate, string?> Check)> All { get; } =
    [
        ("unfitted", Unfitted),
        ("items", c => SameIds(c.Fitted.Items, c.Train.Items)),
        ("finite", Finite),
        ("shapes", Shapes),
        ("bad data", BadData),
        ("memory", Memory),
        ("deterministic", c => Same(Candidate.Outputs(c.Fit(c.Train), c.Train), Reference(c), "a second model")),
        ("threads", Threads),
        ("refit", Refit),
        ("cancelled", Cancelled),
        ("batch", Batch),
        ("concurrent", Concurrent),
        ("linear", Linear),
        ("similarity", Similarity),
        ("weights", Weights),
        ("stored", Stored),
        ("onnx", Onnx),
        ("report", Report),
        ("warm start", WarmStart),
        ("resume", Resume),
    ];

    private static float[] Reference(Candidate c) => Candidate.Outputs(c.Fitted, c.Train);

    // Use before Fit is an error.
    private static string? Unfitted(Candidate c) => IsUnfitted(c.Create(), c);

    private static string? IsUnfitted(IModel model, Candidate c) =>
        Throws<InvalidOperationException>(() => _ = model.Items, "Items")
        ?? Throws<InvalidOperationException>(() => Candidate.Outputs(model, c.Train), model is IRecommender ? "Score" : "Predict")
        ?? (model is IStoredModel stored ? Throws<InvalidOperationException>(() => stored.Write(new TensorWriter()), "Write") : null)
        ?? (model is IOnnxModel onnx ? Throws<InvalidOperationException>(() => onnx.Build(new OnnxGraph(c.Train.Items.Count)), "Build") : null);

    private static string? Finite(Candidate c)
    {
        float[] outputs = Reference(c);
        int wrong = Array.FindIndex(outputs, o => !float.IsFinite(o));
        return wrong < 0 ? null : $"found {Text(outputs[wrong])} for {Place(c, wrong)}, expected a finite number";
    }

    // Room for other than users × items, and users of other items.
    private static string? Shapes(Candidate c)
    {
        var others = c.Others();
        string? found = Throws<ArgumentException>(() => Candidate.Outputs(c.Fitted, others), "histories of other items");
        return found ?? (c.Fitted is IRecommender model
            ? Throws<ArgumentException>(() => model.Score(new Histories(c.Train, 0, 2), new float[c.Train.Items.Count]), "room for fewer scores")
            : c.Fitted is IRatingPredictor predictor
                ? Throws<ArgumentException>(() => predictor.Predict(new Histories(c.Train, 0, 1), [0, 2], [0, 1], new float[1]), "room for fewer predictions")
                : null);
    }

    private static string? BadData(Candidate c)
    {
        var nothing = new InteractionMatrix(c.Train.Users, c.Train.Items, CsrMatrix.FromEntries(c.Train.Users.Count, c.Train.Items.Count, [], [], []));
        var noNumber = new InteractionMatrix(c.Train.Users, c.Train.Items, CsrMatrix.FromEntries(c.Train.Users.Count, c.Train.Items.Count, [0, 1], [1, 2], [1, float.NaN]));
        return Throws<InvalidDataException>(() => c.Fit(nothing), "no interaction") ?? Throws<InvalidDataException>(() => c.Fit(noNumber), "a value that is not a number");
    }

    // A network, or a model with weights between items, counts its bytes before it takes them.
    private static string? Memory(Candidate c)
    {
        int items = c.Train.Items.Count;
        bool hasWeights = c.Fitted is ILinearModel { IsLinear: true } linear && Enumerable.Range(0, items * items).Any(k => linear.Weight(k / items, k % items) != 0);
        return !c.Entry.IsIterative && !hasWeights ? null : Throws<InsufficientMemoryException>(
            () => c.Create().Fit(c.Learn(c.Train), c.Context with { MemoryLimit = 1 }, c.Token), "FitContext.MemoryLimit of one byte");
    }

    private static string? Threads(Candidate c)
    {
        float[] alone = Candidate.Outputs(c.Fit(c.Train, new Compute(1)), c.Train);
        return Same(Candidate.Outputs(c.Fit(c.Train, new Compute(3)), c.Train), alone, "fitting and scoring with 3 threads instead of 1");
    }

    private static string? Refit(Candidate c)
    {
        var model = c.Fit(c.Train);
        foreach (var other in (InteractionMatrix[])[c.Validation.HeldOut, c.Others()]) // of the same items, and of others
        {
            model.Fit(c.Learn(other), c.Context, c.Token);
            string? found = SameIds(model.Items, other.Items)
                ?? Same(Candidate.Outputs(model, other), Candidate.Outputs(c.Fit(other), other), "a second Fit, which starts anew,");
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private static string? Cancelled(Candidate c)
    {
        var model = c.Fit(c.Train);
        return Throws<OperationCanceledException>(() => model.Fit(c.Learn(c.Train), c.Context, new CancellationToken(canceled: true)), "a cancelled token")
            ?? (IsUnfitted(model, c) is { } found ? $"after a Fit that was cancelled: {found}" : null);
    }

    private static string? Batch(Candidate c)
    {
        float[] all = Reference(c);
        int items = c.Train.Items.Count, users = c.Train.Users.Count;
        for (int u = 0; u < users; u++)
        {
            float[] alone = Candidate.Outputs(c.Fitted, c.Train, u, 1);
            for (int k = 0; k < alone.Length; k++)
            {
                // Scores of all users come before the predictions of all.
                float of = all[(k / items * users * items) + (u * items) + (k % items)];
                if (BitConverter.SingleToInt32Bits(of) != BitConverter.SingleToInt32Bits(alone[k]))
                {
                    return $"user {c.Train.Users[u]}, item {c.Train.Items[k % items]}: found {Text(alone[k])} alone and {Text(of)} among all users, expected the same bits";
                }
            }
        }

        return null;
    }

    private static string? Concurrent(Candidate c)
    {
        float[] expected = Reference(c);
        var found = new float[4][];
        Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = found.Length, CancellationToken = c.Token }, t => found[t] = Candidate.Outputs(c.Fitted, c.Train));
        return found.Select(f => Same(f, expected, "scoring on four threads at once")).FirstOrDefault(f => f is not null);
    }

    // score_j = baseline_j + Σ_i x_i·w_ij, which is what explanations say.
    private static string? Linear(Candidate c)
    {
        if (c.Fitted is not ILinearModel { IsLinear: true } linear || c.Fitted is not IRecommender)
        {
            return null;
        }

        float[] scores = Reference(c);
        int items = c.Train.Items.Count;
        for (int u = 0; u < c.Train.Users.Count; u++)
        {
            for (int j = 0; j < items; j++)
            {
                double sum = linear.Baseline(j), size = Math.Abs(sum);
                for (int k = 0; k < c.Train.Csr.RowLength(u); k++)
                {
                    double part = c.Train.Csr.RowValues(u)[k] * linear.Weight(c.Train.Csr.RowIndices(u)[k], j);
                    (sum, size) = (sum + part, size + Math.Abs(part));
                }

                if (!(Math.Abs(sum - scores[(u * items) + j]) <= 1e-4 * Math.Max(1e-2, size)))
                {
                    return $"{Place(c, (u * items) + j)}: found the score {Text(scores[(u * items) + j])}, expected baseline and weights to sum to it: {Text(sum)}";
                }
            }
        }

        return null;
    }

    private static string? Similarity(Candidate c)
    {
        int items = c.Train.Items.Count;
        if (c.Fitted is IItemSimilarity similarity)
        {
            var values = new float[items];
            for (int i = 0; i < items; i++)
            {
                values.AsSpan().Fill(float.NaN);
                similarity.Similarities(i, values);
                if (values.Any(v => !float.IsFinite(v)))
                {
                    return $"item {c.Train.Items[i]}: found {Text(Array.Find(values, v => !float.IsFinite(v)))}, expected a finite similarity to each of the {items} items";
                }
            }
        }

        return c.Fitted is IItemVectors { ItemVectors: var (vectors, width) } && vectors.Length != (long)width * items
            ? $"found {vectors.Length} numbers of vectors, expected {items} items × {width}" : null;
    }

    // Silence would be a result that claims weights and has none.
    private static string? Weights(Candidate c)
    {
        var other = c.Weighted(k => 1 + (k % 7 * k % 5));
        if (c.Fitted is not IUsesWeights { WeightUse: not WeightUse.None })
        {
            return Throws<InvalidDataException>(() => c.Fit(other), "weights of interactions, which the model does not use");
        }

        float[] weighted = Candidate.Outputs(c.Fit(other), c.Train);
        return Same(Candidate.Outputs(c.Fit(c.Weighted(_ => 1)), c.Train), Reference(c), "weights that are all 1")
            ?? (weighted.SequenceEqual(Reference(c)) && c.Fitted is IUsesWeights { WeightUse: not WeightUse.Unaffected } ? "found the scores of interactions without weights where these differ, expected others" : null);
    }

    private static string? Stored(Candidate c)
    {
        if (c.Fitted is not IStoredModel stored)
        {
            return null;
        }

        var expected = c.Entry.Settings(c.Options);
        if (expected.FirstOrDefault(s => stored.Settings.GetValueOrDefault(s.Key) != s.Value) is { Key: { } name })
        {
            return $"Settings: found {name} = {stored.Settings.GetValueOrDefault(name) ?? "nothing"}, expected {expected[name]}";
        }

        return InFolder(folder =>
        {
            string path = Path.Combine(folder, "model.encore");
            ModelFile.Save(path, c.Fitted, models: c.Models);
            var loaded = ModelFile.Load(path, map: false, c.Models).Model;
            return SameIds(loaded.Items, c.Train.Items) ?? Same(Candidate.Outputs(loaded, c.Train), Reference(c), "the model that was saved and loaded");
        });
    }

    private static string? Onnx(Candidate c) => c.Fitted is not IOnnxModel ? null : InFolder(folder =>
    {
        try
        {
            OnnxFile.Save(Path.Combine(folder, "model.onnx"), c.Fitted, c.Models);
            return null;
        }
        catch (NotSupportedException e)
        {
            return e.Message.Length > 0 ? null : "found a NotSupportedException that does not say why";
        }
    });

    private static string? Report(Candidate c)
    {
        if (c.Fitted is not IIterativeModel iterative)
        {
            return null;
        }

        var report = iterative.Training;
        return report is null ? "Training: found nothing after Fit, expected a report"
            : report.Epochs.Count == 0 ? "Training: found no epoch, expected at least one"
            : report.Epochs.FirstOrDefault(e => !double.IsFinite(e.Loss)) is { } epoch ? $"Training: found the loss {Text(epoch.Loss)} in epoch {epoch.Epoch}, expected a finite one" : null;
    }

    // It begins with the weights that are there: a rate of 0 leaves them.
    private static string? WarmStart(Candidate c)
    {
        if (c.Fitted is not IIterativeModel)
        {
            return null;
        }

        var warm = c.Context with { WarmStart = true };
        string? found = Throws<InvalidOperationException>(() => c.Create().Fit(c.Learn(c.Train), warm, c.Token), "a warm start of a model that has not been fitted")
            ?? Throws<ArgumentException>(() => c.Fit(c.Train).Fit(c.Learn(c.Others()), warm, c.Token), "a warm start with other items");
        if (found is not null || c.Fitted is not IStoredModel || !c.Entry.Options.Any(o => o.Name == "learning-rate"))
        {
            return found;
        }

        return InFolder(folder =>
        {
            string path = Path.Combine(folder, "model.encore");
            ModelFile.Save(path, c.Fitted, models: c.Models);
            var model = ModelFile.Load(path, map: false, c.Models).WithOptions(new Dictionary<string, string> { ["learning-rate"] = "0" });
            model.Fit(c.Learn(c.Train), warm, c.Token);
            return Same(Candidate.Outputs(model, c.Train), Reference(c), "a warm start with a learning rate of 0");
        });
    }

    private static string? Resume(Candidate c)
    {
        if (c.Fitted is not IIterativeModel)
        {
            return null;
        }

        var data = c.Learn(c.Train, c.Validation);
        var (straight, steps) = (c.Create(), new Counter());
        straight.Fit(data, c.Context with { Callback = steps }, c.Token);
        if (steps.Count < 2)
        {
            return $"found {steps.Count} calls of ITrainingCallback.StepEnded, expected one for each of several steps";
        }

        float[] expected = Candidate.Outputs(straight, c.Train);
        return new[] { 1, (steps.Count / 2) + 1 }.Select(step => InFolder(folder => Resumed(c, data, step, folder, expected))).FirstOrDefault(f => f is not null);
    }

    private static string? Resumed(Candidate c, TrainingData data, int step, string folder, float[] expected)
    {
        string path = Path.Combine(folder, "state");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(c.Token);
        var context = c.Context with { Checkpoint = new CheckpointOptions { Path = path, Resume = true, EverySeconds = 1e6 } };
        var stopped = c.Create();
        string? found = Throws<OperationCanceledException>(
            () => stopped.Fit(data, context with { Callback = new Counter { StopsAt = step, Stop = stop } }, stop.Token), $"a token that was cancelled after step {step}");
        if (found is not null || (found = IsUnfitted(stopped, c)) is not null)
        {
            return found;
        }

        if (!File.Exists(path) && Directory.GetFiles(folder).Length == 0)
        {
            return $"found no checkpoint after a cancelled Fit, expected one at {nameof(FitContext)}.{nameof(FitContext.Checkpoint)}";
        }

        var resumed = c.Create();
        resumed.Fit(data, context, c.Token);
        return Same(Candidate.Outputs(resumed, c.Train), expected, $"training that was stopped after step {step} and resumed");
    }

    private static string? Throws<T>(Action action, string what)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            return null;
        }

        return $"{what}: found no error, expected {typeof(T).Name}";
    }

    private static string? Same(float[] found, float[] expected, string what)
    {
        for (int k = 0; k < expected.Length; k++)
        {
            if (BitConverter.SingleToInt32Bits(found[k]) != BitConverter.SingleToInt32Bits(expected[k]))
            {
                return $"{what}: found {Text(found[k])}, expected {Text(expected[k])} at place {k} of {expected.Length}, the same bits everywhere";
            }
        }

        return null;
    }

    private static string? SameIds(IdMap found, IdMap expected)
    {
        for (int i = 0; i < Math.Max(found.Count, expected.Count); i++)
        {
            if (i >= found.Count || i >= expected.Count || found[i] != expected[i])
            {
                return $"Items: found {(i < found.Count ? found[i] : "none")} at {i}, expected {(i < expected.Count ? expected[i] : "none")}, as in training";
            }
        }

        return null;
    }

    private static string Place(Candidate c, int k)
    {
        int items = c.Train.Items.Count, users = c.Train.Users.Count;
        return $"user {c.Train.Users[k / items % users]}, item {c.Train.Items[k % items]}";
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string? InFolder(Func<string, string?> check)
    {
        string folder = Directory.CreateTempSubdirectory("encore-contract-").FullName;
        try
        {
            return check(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Counter : ITrainingCallback
    {
        public int StopsAt { get; init; } = -1;

        public CancellationTokenSource? Stop { get; init; }

        public int Count { get; private set; }

        public void EpochEnded(EpochReport report)
        {
        }

        public void StepEnded(in StepReport report)
        {
            if (++Count == StopsAt)
            {
                Stop?.Cancel();
            }
        }
    }
}
