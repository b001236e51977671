using System.Buffers;
using System.Globalization;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>Whose ratings are a row of an autoencoder.</summary>
public enum RatingRowKind
{
    /// <summary>An item's, by all users.</summary>
    Item,

    /// <summary>A user's, of all items.</summary>
    User,
}

/// <summary>What an <see cref="AutoRec"/> starts from.</summary>
public enum AutoRecStart
{
    /// <summary>Xavier weights, and biases of the output such that an empty network answers with the mean rating.</summary>
    Xavier,

    /// <summary>Weights from N(0, 0.03²), redrawn beyond two standard deviations, and all biases at 0.</summary>
    Normal,
}

/// <summary>What <see cref="AutoRec"/> can be told.</summary>
public sealed record AutoRecOptions : TrainingOptions
{
    /// <summary>50 epochs of batches of 512 with Adam at 1e-3, which shrinks by 6 % after each epoch: at a constant rate
    /// the error on new ratings rises again before the network has learnt what it can.</summary>
    public AutoRecOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate) = (50, 512, OptimizerKind.Adam, 1e-3);
        (Schedule, ScheduleEvery, ScheduleFactor) = (LearningRateSchedule.Step, 1, 0.94);
    }

    /// <summary>Whose ratings are autoencoded: items' (I-AutoRec) or users' (U-AutoRec). Default item.</summary>
    [Option("whose ratings are autoencoded: I-AutoRec or U-AutoRec")]
    public RatingRowKind By { get; init; } = RatingRowKind.Item;

    /// <summary>Widths of the hidden layers, k. Default 500; the paper's deep variant is 500,250,500.</summary>
    [Option("widths of the hidden layers, k", Minimum = 1)]
    public IReadOnlyList<int> Hidden { get; init; } = [500];

    /// <summary>g, the activation of the hidden layers. Default sigmoid.</summary>
    [Option("activation of the hidden layers, g")]
    public Activation Encoder { get; init; } = Activation.Sigmoid;

    /// <summary>f, the activation of the output. Ratings are mapped to the range of a sigmoid or tanh. Default
    /// identity.</summary>
    [Option("activation of the output, f")]
    public Activation Output { get; init; } = Activation.Identity;

    /// <summary>λ of λ/2·(‖V‖² + ‖W‖²), beside the sum over all ratings. Default 200, selected on ML-1M; a fifth of the
    /// ratings want about a fifth of it.</summary>
    [Option("λ of λ/2·‖weights‖², beside the sum over all ratings", Minimum = 0)]
    public double L2 { get; init; } = 200;

    /// <summary>Whether the mean rating is taken off the inputs. Default false, as in the paper; by users true is far
    /// better, with a λ of about 150 on ML-1M.</summary>
    [Option("whether the mean rating is taken off the inputs")]
    public bool Centre { get; init; }

    /// <summary>Fewest steps of an epoch: where rows are few, batches are smaller than <see cref="TrainingOptions.BatchSize"/>,
    /// since a network that takes a step or two an epoch has learnt little at the end. Default 8.</summary>
    [Option("fewest steps of an epoch; where rows are few, batches are smaller than batch-size", Minimum = 1)]
    public int MinSteps { get; init; } = 8;

    /// <summary>Whether the model learns anew from training and validation ratings, for as many epochs as validation
    /// selected. Default true: the paper's test figures are of models that learnt from all 90 %.</summary>
    [Option("whether to learn anew from training and validation ratings for the selected number of epochs")]
    public bool Refit { get; init; } = true;

    /// <summary>What the network starts from. Default xavier.</summary>
    [Option("first weights: xavier, with the output's bias at the mean rating; or normal, from N(0, 0.03²) with all biases at 0")]
    [Later]
    public AutoRecStart Start { get; init; } = AutoRecStart.Xavier;
}

/// <summary>
/// AutoRec (Sedhain et al. 2015, "AutoRec: autoencoders meet collaborative filtering"): an autoencoder of item columns
/// or user rows whose loss counts the observed ratings only.
/// <code>
/// h(r) = f(W·g(V·r + μ) + b)                                                             (equation 2)
/// min Σ_rows Σ_observed (r − h(r))² + λ/2·(‖V‖² + ‖W‖²)                                  (equation 3)
/// prediction of (u, i): h(r⁽ⁱ⁾)_u by items, h(r⁽ᵘ⁾)_i by users
/// </code>
/// Time an epoch: 5·k multiply-adds a rating, and one pass of the optimiser over 2·k·width weights a batch. Memory:
/// 20 bytes a weight. Nothing is users × items.
/// </summary>
/// <remarks>
/// By users, the input is the history that comes with the request, so a new user is served like a known one. By items,
/// the inputs are the columns of the training ratings and W has a row for each training user, found by id: the ratings
/// that come with the request are not looked at, and to a user with ratings who is not in training the prediction is the
/// item's mean rating, damped by three ratings at the mean. An item without any rating, and a user without any, in
/// training or in the request, gets the mean of all ratings.
/// Predictions are clamped to the range of the training ratings; as a recommender it ranks by the prediction before
/// clamping, and items for users it does not know by their means. Where all ratings are equal there is nothing to learn.
/// </remarks>
public sealed class AutoRec : NeuralRatingPredictor, IKnowsUsers
{
    private readonly AutoRecOptions _options;
    private readonly Lock _encoding = new();
    private IdMap? _trainUsers;
    private bool[] _hasRatings = []; // of each training user, by items
    private RatingRows? _rows;
    private AutoRecNetwork<float>? _network;
    private UserRows? _users;
    private float[]? _codes; // by items: the codes of all items, [items, K]; while the weights change, nothing is kept
    private volatile bool _isTraining;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public AutoRec(AutoRecOptions? options = null) => _options = OptionSet<AutoRecOptions>.Validated(options);

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"{(IsByItem ? "I" : "U")}-AutoRec {string.Join('-', _options.Hidden)} λ={_options.L2}{(_options.Centre ? " centred" : "")}");

    bool IKnowsUsers.KnowsAny => IsByItem;

    bool IKnowsUsers.IgnoresHistory => IsByItem;

    bool IKnowsUsers.Knows(string? user) => Knows(user);

    string? IKnowsUsers.NoteFor(string? user, bool hasHistory) => !IsByItem ? null
        : !Knows(user) ? $"I-AutoRec has weights for its training users only and does not look at histories: {Named(user)} gets the items' mean ratings."
        : hasHistory ? $"I-AutoRec does not look at histories: the answer comes from user {user}'s training ratings alone."
        : null;

    private protected override string? PredictionNoteFor(string? user, bool hasKnown, bool hasHistory) => !IsByItem
        ? base.PredictionNoteFor(user, hasKnown, hasHistory)
        : (Knows(user), hasKnown) switch
        {
            (true, true) => $"I-AutoRec does not look at histories: the predictions come from user {user}'s training ratings alone.",
            (true, false) => null,
            (false, true) => $"I-AutoRec has weights for its training users only and does not look at histories: {Named(user)} gets the items' mean ratings.",
            _ => $"I-AutoRec has weights for its training users only, {Named(user)} is none of them, and no rating of theirs is known: {MeanForEach}.",
        };

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<AutoRecOptions>.Settings(_options);

    // By items, an item's code is what the model makes of its ratings.
    private protected override Parameter<float> ItemVectors
    {
        get
        {
            if (!IsByItem)
            {
                return _network!.Parameters.Single(p => p.Name == "output.weight");
            }

            var codes = new Parameter<float>("codes", Items.Count, _network!.Code);
            codes.Set(Codes());
            return codes;
        }
    }

    private protected override (string Ratings, string Known) Build(OnnxGraph graph, RatingScale scale)
    {
        var byName = _network!.Parameters.ToDictionary(p => p.Name);
        string x, known;
        if (IsByItem)
        {
            // s = W_u·codesᵀ + b_u; the last row stands for everybody else, and its answer is not used.
            var (W, b, codes) = (byName["output.weight"], byName["output.bias"], ItemVectors);
            graph.Describe("users", OnnxGraph.Ids(_trainUsers!));
            string user = graph.Index("user");
            string row = graph.Node("Gather", [graph.Constant([.. W.Value, .. new float[W.Columns]], W.Rows + 1, W.Columns), user]);
            string bias = graph.Node("Gather", [graph.Constant([.. b.Value, 0f], b.Value.Length + 1, 1), user]);
            x = graph.Activate(graph.Node("Add", [graph.Dense(row, codes, null, transposed: true, Activation.Identity), bias]), _options.Output);
            known = graph.Node("Gather", [graph.Constant([.. _hasRatings, false], _hasRatings.Length + 1, 1), user]);
        }
        else
        {
            string history = graph.History();
            known = graph.HasAny(history);
            x = _options.Centre
                ? graph.Node("Sub", [history, graph.Node("Mul", [graph.Met(history), graph.Scalar(scale.Mean)])])
                : history;
            x = graph.Dense(x, byName["input.weight"], byName["input.bias"], transposed: false, _options.Encoder);
            for (int l = 1; l < _options.Hidden.Count; l++)
            {
                x = graph.Dense(x, byName[$"hidden{l}.weight"], byName[$"hidden{l}.bias"], transposed: false, _options.Encoder);
            }

            x = graph.Dense(x, byName["output.weight"], byName["output.bias"], transposed: true, _options.Output);
        }

        string ratings = graph.Node("Add", [graph.Node("Mul", [x, graph.Scalar((float)_rows!.Scale)]), graph.Scalar((float)_rows.Offset)]);
        return (ratings, known);
    }

    private protected override void WriteNetwork(TensorWriter to)
    {
        to.Add(_network!.Parameters);
        if (IsByItem)
        {
            to.Add("users.ids", _trainUsers!);
            to.Add("users.rated", Array.ConvertAll(_hasRatings, has => has ? (byte)1 : (byte)0));
            to.Add("items.codes", Codes(), Items.Count, _network.Code);
        }
    }

    private protected override void ReadNetwork(TensorReader from, RatingScale scale)
    {
        int items = scale.Items.Count;
        _trainUsers = IsByItem ? from.Ids("users.ids") : null;
        _network = Make(IsByItem ? _trainUsers!.Count : items);
        from.Read(_network.Parameters);
        _rows = Rows(new CsrMatrix(0, _network.Columns, [0], [], []), scale);
        if (IsByItem)
        {
            _hasRatings = Array.ConvertAll(from.Read<byte>("users.rated", _trainUsers!.Count), has => has != 0);
            _codes = from.Finite("items.codes", items, _network.Code);
        }
    }

    private AutoRecNetwork<float> Make(int columns) => new(columns, _options.Hidden, _options.Encoder, _options.Output);

    private RatingRows Rows(CsrMatrix csr, RatingScale scale) =>
        new(csr, scale.Low, scale.High, _options.Centre ? scale.Mean : 0, _options.Output);

    private bool IsByItem => _options.By == RatingRowKind.Item;

    // By items, a user whose weights were learnt from ratings.
    private bool Knows(string? user) =>
        IsByItem && !string.IsNullOrEmpty(user) && _trainUsers is not null && _trainUsers.TryGetIndex(user, out int row) && _hasRatings[row];

    private static string Named(string? user) => string.IsNullOrEmpty(user) ? "a user without an id" : $"user {user}";

    private protected override bool Refits => _options.Refit;

    private protected override long MemoryNeeded(InteractionMatrix train) => AutoRecTraining.Memory(
        IsByItem ? train.Users.Count : train.Items.Count, _options.Hidden, _options.BatchSize, train.Count)
        + (IsByItem ? 4L * train.Items.Count * _options.Hidden[^1] : 0);

    private protected override TrainingReport Train(
        TrainingData data, RatingScale scale, FitContext context, int? epochs, CancellationToken cancellationToken)
    {
        var train = data.Interactions;
        var csr = IsByItem ? train.Transposed : train.Csr;
        if (context.WarmStart && IsByItem && !_trainUsers!.HasSameIds(train.Users))
        {
            throw new InvalidDataException(
                $"{Name} has a weight for each of its {_trainUsers.Count:N0} training users: it goes on with the same users only, and found {train.Users.Count:N0} others. Train it anew, or use autorec.by=user.");
        }

        _trainUsers = train.Users;
        _hasRatings = IsByItem ? [.. Enumerable.Range(0, train.Users.Count).Select(u => train.Csr.RowLength(u) > 0)] : [];
        _rows = Rows(csr, scale);
        if (!context.WarmStart)
        {
            _network = Make(csr.Columns);
            if (_options.Start == AutoRecStart.Normal)
            {
                _network.InitialiseNormal(context.Seed);
            }
            else
            {
                _network.Initialise(context.Seed, _rows.ToOutput(scale.Mean));
            }
        }

        _codes = null;
        var job = new AutoRecTraining(_network!, _rows, _options.L2, Validate)
        {
            Fingerprint = NeuralRecommender.Fingerprint(Name, _options, train, context),
        };
        var options = _options with
        {
            Epochs = epochs ?? _options.Epochs,
            BatchSize = BatchSize(csr.Rows),
        };
        _isTraining = true;
        try
        {
            return Trainer.Run(job, options, data, context, Name, cancellationToken);
        }
        finally
        {
            _isTraining = false;
        }
    }

    // As asked for, where that makes enough steps an epoch.
    private int BatchSize(int rows) => (rows + _options.BatchSize - 1) / _options.BatchSize >= _options.MinSteps
        ? _options.BatchSize
        : (rows + _options.MinSteps - 1) / _options.MinSteps;

    private protected override Knowledge Knows(Histories histories, int r)
    {
        bool hasHistory = histories.Items(r).Length > 0;
        if (!IsByItem)
        {
            return hasHistory ? Knowledge.All : Knowledge.Nothing;
        }

        int row = TrainingRow(histories, r);
        return row >= 0 && _hasRatings[row] ? Knowledge.All : hasHistory ? Knowledge.Stranger : Knowledge.Nothing;
    }

    private protected override void PredictChecked(
        float[]? codes, Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        if (IsByItem)
        {
            PredictByItem(codes!, histories, offsets, items, predictions);
        }
        else
        {
            PredictByUser(histories, offsets, items, predictions);
        }

        _rows!.ToRatings(predictions);
    }

    private protected override void ScoreChecked(Histories histories, Span<float> scores)
    {
        var network = _network!;
        int b = histories.Count, k = network.Code;
        float[] rows = ArrayPool<float>.Shared.Rent(b * k); // [b, K]
        if (IsByItem)
        {
            // s = W_u·codesᵀ + b_u
            int n = Items.Count;
            for (int r = 0; r < b; r++)
            {
                int u = Math.Max(0, TrainingRow(histories, r));
                network.OutputWeight.AsSpan(u * k, k).CopyTo(rows.AsSpan(r * k));
            }

            Dense.Gemm<float>(Transpose.No, Transpose.Yes, b, n, k, 1, rows, k, Codes(), k, 0, scores, n, Compute);
            for (int r = 0; r < b; r++)
            {
                var row = scores.Slice(r * n, n);
                Elementwise.Add(row, network.OutputBias[Math.Max(0, TrainingRow(histories, r))], row);
            }

            network.Activate(scores);
        }
        else
        {
            network.Encode(Compute, Inputs(histories), rows);
            network.DecodeAll(Compute, rows, b, scores);
        }

        ArrayPool<float>.Shared.Return(rows);
        _rows!.ToRatings(scores);
    }

    private void PredictByItem(float[] codes, Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var network = _network!;
        int k = network.Code;
        for (int r = 0; r < histories.Count; r++)
        {
            int u = Math.Max(0, TrainingRow(histories, r));
            var w = network.OutputWeight.AsSpan(u * k, k);
            for (int e = offsets[r]; e < offsets[r + 1]; e++)
            {
                predictions[e] = network.OutputBias[u]
                    + System.Numerics.Tensors.TensorPrimitives.Dot(w, codes.AsSpan(items[e] * k, k));
            }
        }

        network.Activate(predictions);
    }

    private void PredictByUser(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, Span<float> predictions)
    {
        var network = _network!;
        var places = Places(network.Columns, offsets, items);
        float[] code = ArrayPool<float>.Shared.Rent(histories.Count * network.Code);
        float[] s = ArrayPool<float>.Shared.Rent(places.Count);
        network.Encode(Compute, Inputs(histories), code);
        network.Decode(Compute, places, code, s);
        s.AsSpan(0, places.Count).CopyTo(predictions);
        ArrayPool<float>.Shared.Return(code);
        ArrayPool<float>.Shared.Return(s);
    }

    private SparseBatch<float> Inputs(Histories histories)
    {
        var input = new SparseBatch<float>(_network!.Columns);
        for (int r = 0; r < histories.Count; r++)
        {
            _rows!.AddInput(input, histories.Items(r), histories.Values(r));
        }

        return input;
    }

    // The row of W that belongs to a user, or −1. Validation asks for the same users after each epoch: their rows are
    // kept.
    private int TrainingRow(Histories histories, int r)
    {
        var (asked, train) = (histories.Matrix.Users, _trainUsers!);
        if (_users is not { } known || !ReferenceEquals(known.Asked, asked) || !ReferenceEquals(known.Train, train))
        {
            _users = known = new UserRows(asked, train, asked.MapTo(train));
        }

        return known.Row[histories.Start + r];
    }

    private protected override float[]? ItemCodes() => IsByItem ? Codes() : null;

    // By items: the codes of all columns, computed once, and anew each time while the weights change.
    private float[] Codes()
    {
        if (_isTraining)
        {
            return Encoded();
        }

        lock (_encoding)
        {
            return _codes ??= Encoded();
        }
    }

    private float[] Encoded()
    {
        var (csr, network) = (_rows!.Csr, _network!);
        var columns = new SparseBatch<float>(csr.Columns);
        for (int i = 0; i < csr.Rows; i++)
        {
            _rows.AddInput(columns, csr.RowIndices(i), csr.RowValues(i));
        }

        var codes = new float[MemoryBudget.RequireArray(csr.Rows, network.Code, $"{Name}: the codes", "Use a smaller last hidden layer.")];
        network.Encode(Compute, columns, codes);
        return codes;
    }

    private sealed record UserRows(IdMap Asked, IdMap Train, int[] Row);
}
