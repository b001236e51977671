using Encore.Experiments;
using Encore.Models;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Testing.Tests;

public sealed record SoundOptions
{
    [Option("the rate of learning", Minimum = 0)]
    public double LearningRate { get; init; } = 0.1;

    [Option("passes over the data", Minimum = 1)]
    public int Epochs { get; init; } = 3;
}

/// <summary>
/// A small model with every capability that keeps all promises, or all but one: items that are bought together, W, and b, which
/// steps towards how popular each item is.
/// </summary>
internal sealed class Sound(SoundOptions options, string fault) : IRecommender, IIterativeModel, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity
{
    private const int StepsOfAnEpoch = 2;

    private static int _fits;

    private IdMap? _items;
    private float[] _w = [];
    private float[] _b = [];
    private int _inside;

    /// <summary>A catalogue with the model.</summary>
    public static ModelCatalog Catalog(string fault)
    {
        var models = new ModelCatalog();
        models.Register<Sound, SoundOptions>("sound", "Sound", "nobody", o => new Sound(o, fault));
        return models;
    }

    public string Name => "Sound";

    public IdMap Items => fault == "items" ? Guard.Fitted(_items, Name).Select([0, 1]) : Guard.Fitted(_items, Name);

    public TrainingReport? Training { get; private set; }

    public IReadOnlyDictionary<string, string> Settings => ModelOption.Settings(options);

    public bool IsLinear => true;

    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        var train = data.Interactions;
        int n = train.Items.Count;
        var before = context.WarmStart ? Guard.Fitted(_items, Name) : null;
        if (before is not null && before.Count != n)
        {
            throw new ArgumentException("Found other items.");
        }

        _items = fault == "cancelled" ? _items : null;
        if (fault is not ("bad data" or "weights"))
        {
            Guard.Trainable(data, context, Name, cancellationToken);
        }

        if (fault != "memory")
        {
            MemoryBudget.RequireSquare(n, 4L * n * n, Name, "Take less.", context.MemoryLimit);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _w = new float[n * n];
        Sparse.Gram(train.Csr, _w, context.Compute, cancellationToken);
        bool isFresh = (before is null || fault == "warm start") && (fault != "refit" || _b.Length == 0);
        _b = isFresh || _b.Length != n ? new float[n] : _b;
        int[] users = train.Csr.ColumnCounts();
        int step = Resume(context.Checkpoint);
        for (; step < options.Epochs * StepsOfAnEpoch; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                File.WriteAllLines(context.Checkpoint!.Path, [$"{step}", .. _b.Select(b => fault == "resume" ? "0" : $"{BitConverter.SingleToInt32Bits(b)}")]);
                cancellationToken.ThrowIfCancellationRequested();
            }

            for (int j = 0; j < n; j++)
            {
                _b[j] += (float)options.LearningRate * (((float)users[j] / (step + 1)) - _b[j]);
            }

            context.Callback?.StepEnded(new StepReport(step + 1, (step / StepsOfAnEpoch) + 1, 1, 0, options.LearningRate));
        }

        _b[0] += fault == "deterministic" ? Interlocked.Increment(ref _fits) : fault == "threads" ? context.Compute.Threads : 0;
        Training = fault == "report" ? null : new TrainingReport([new EpochReport { Epoch = 1, Epochs = 1, Loss = 1, LearningRate = options.LearningRate, TrainSeconds = 0, RowsPerSecond = 0 }], 1, "epochs");
        _items = train.Items;
    }

    public void Score(Histories histories, Span<float> scores)
    {
        int n = _b.Length;
        if (fault is "unfitted" && n == 0)
        {
            return;
        }

        var items = Guard.Fitted(_items, Name);
        if (fault != "shapes")
        {
            Guard.Scorable(histories, items, scores.Length);
        }

        int inside = Interlocked.Increment(ref _inside);
        if (fault == "concurrent")
        {
            Thread.Sleep(20);
            inside = Volatile.Read(ref _inside);
        }

        for (int r = 0; r < histories.Count && (r + 1) * n <= scores.Length; r++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = _b[j];
                for (int k = 0; k < histories.Items(r).Length; k++)
                {
                    sum += histories.Values(r)[k] * _w[(Math.Min(n - 1, histories.Items(r)[k]) * n) + j];
                }

                scores[(r * n) + j] = sum + (fault == "batch" ? histories.Count : fault == "concurrent" ? inside : 0);
            }
        }

        scores[0] = fault == "finite" ? float.NaN : scores[0];
        Interlocked.Decrement(ref _inside);
    }

    public double Weight(int from, int target) => _w[(from * _b.Length) + target] * (fault == "linear" ? 2 : 1);

    public double Baseline(int item) => _b[item];

    public void Similarities(int item, Span<float> similarities)
    {
        if (fault != "similarity")
        {
            _w.AsSpan(item * _b.Length, _b.Length).CopyTo(similarities);
        }
    }

    public void Write(TensorWriter writer)
    {
        int n = Guard.Fitted(_items, Name).Count;
        writer.Add("w", _w, n, n);
        writer.Add("b", fault == "stored" ? new float[n] : _b, n);
    }

    public void Read(TensorReader reader, StoredContext context)
    {
        int n = context.Items.Count;
        (_items, _w, _b) = (context.Items, reader.Finite("w", n, n), reader.Finite("b", n));
    }

    public void Build(OnnxGraph graph)
    {
        int n = Guard.Fitted(_items, Name).Count;
        string sums = graph.Node("MatMul", [graph.History(), graph.Constant(_w, fault == "onnx" ? n + 1 : n, n)]);
        graph.Scores(graph.Node("Add", [sums, graph.Constant(_b, n)]));
    }

    private int Resume(CheckpointOptions? checkpoint)
    {
        if (checkpoint is null || !File.Exists(checkpoint.Path))
        {
            return 0;
        }

        string[] lines = File.ReadAllLines(checkpoint.Path);
        _b = [.. lines.Skip(1).Select(l => BitConverter.Int32BitsToSingle(int.Parse(l, System.Globalization.CultureInfo.InvariantCulture)))];
        return int.Parse(lines[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
