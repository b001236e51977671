using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Article;

/// <summary>
/// The article's CDAE as a model: 50 tanh units, the logistic loss over all items, no penalty, user nodes that start from
/// N(0, 1), and an input divided by the popularity of its item among the users who share the batch
/// (<see cref="BatchDegrees"/>). A user's scores depend on who else is asked about, which is why
/// <see cref="Cdae"/> has no such option.
/// </summary>
internal sealed class ArticleCdae(TrainingOptions options) : NeuralRecommender<TrainingOptions>(options)
{
    private const int Width = 50;
    private const double Corruption = 0.5;

    private ArticleCdaeNetwork? _network;
    private IdMap? _users;
    private ulong _seed;

    public override string Name => "CDAE tanh/sigmoid/logistic 50 q=0.5 λ=0";

    protected override IReadOnlyList<Parameter<float>> NetworkParameters => _network!.Parameters;

    // User nodes want users: the network is made with its training job.
    protected override void CreateNetwork(int items) => _network = null;

    protected override void Initialise(ulong seed) => _seed = seed;

    protected override long TrainingMemory(InteractionMatrix train)
    {
        int users = train.Users.Count, items = train.Items.Count;
        return (20L * Width * ((2L * items) + users)) + ItemOutput.Memory(items, Width, Math.Min(Options.BatchSize, users));
    }

    protected override TrainingJob CreateJob(InteractionMatrix train, string fingerprint)
    {
        _users = train.Users;
        _network = new ArticleCdaeNetwork(train.Users.Count, train.Items.Count, Width);
        _network.Initialise(_seed);
        return new ArticleCdaeTraining(_network, train, Corruption) { Fingerprint = fingerprint, Score = ScoreHistories };
    }

    protected override void ScoreHistories(Histories histories, Span<float> scores)
    {
        bool same = ReferenceEquals(histories.Matrix.Users, _users);
        var users = new int[histories.Count];
        var input = new SparseBatch<float>(Items.Count);
        for (int r = 0; r < histories.Count; r++)
        {
            users[r] = same ? histories.Start + r : _users!.TryGetIndex(histories.User(r), out int user) ? user : -1;
            input.AddRow(histories.Items(r), histories.Values(r));
        }

        BatchDegrees.OfEvaluation(histories, Options.BatchSize).Normalise(input, histories.Start);
        _network!.Scores(Compute, input, users, scores);
    }
}

/// <summary>h = tanh(x·W₁ + b₁ + V_u); s = h·W₂ᵀ + b₂; loss = mean over rows of Σ_i ℓ(y_i, σ(s_i)), ℓ the logistic loss.</summary>
internal sealed class ArticleCdaeNetwork
{
    private readonly ItemInput<float> _input;   // [items, K]
    private readonly Parameter<float> _users;   // V, [users, K]
    private readonly ItemOutput<float> _output; // [items, K]

    public ArticleCdaeNetwork(int users, int items, int width)
    {
        _input = new ItemInput<float>("input", items, width);
        _users = new Parameter<float>("user.weight", users, width);
        _output = new ItemOutput<float>("output", width, items);
        Parameters = [_input.Weight, _input.Bias, _users, _output.Weight, _output.Bias];
    }

    public IReadOnlyList<Parameter<float>> Parameters { get; }

    public void Initialise(ulong seed)
    {
        Initial.Xavier(_input.Weight, seed, 0);
        Initial.Xavier(_output.Weight, seed, 1);
        Initial.Normal(_users, seed, 2);
    }

    /// <summary>The loss of a batch, summed over rows, and the gradients of its mean.</summary>
    /// <param name="tape">The tape of the training.</param>
    /// <param name="input">The input, corrupted, [rows, items].</param>
    /// <param name="users">The user of each row, each once.</param>
    /// <param name="y">The targets, [rows, items].</param>
    /// <param name="scale">Factor of the gradients, 1 / rows.</param>
    public double Gradient(Tape<float> tape, SparseBatch<float> input, ReadOnlySpan<int> users, SparseBatch<float> y, float scale)
    {
        foreach (var parameter in Parameters)
        {
            parameter.BeginStep();
        }

        tape.Begin();
        double loss = tape.Loss(_output, Encode(tape, input, users), (s, r) => Losses.LogisticAll(s, y, r, scale));
        tape.Backward();
        return loss;
    }

    /// <summary>The sums s of every item, which rank as σ(s) does.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="input">The histories, [rows, items].</param>
    /// <param name="users">The training user of each row; −1: a new user, V_u = 0.</param>
    /// <param name="scores">Receives [rows, items].</param>
    public void Scores(Compute compute, SparseBatch<float> input, ReadOnlySpan<int> users, Span<float> scores)
    {
        using var tape = new Tape<float>(records: false, compute);
        _output.Scores(compute, Encode(tape, input, users).Data, input.Rows, scores);
    }

    private Value<float> Encode(Tape<float> tape, SparseBatch<float> input, ReadOnlySpan<int> users) =>
        tape.Activate(Activation.Tanh, tape.Add(tape.Sums(_input, input), tape.Rows(_users, users)));
}

/// <summary>Feeds users' rows to an <see cref="ArticleCdaeNetwork"/>: normalised within their batch and corrupted.</summary>
internal sealed class ArticleCdaeTraining(ArticleCdaeNetwork network, InteractionMatrix train, double corruption) : TrainingJob
{
    private readonly SparseBatch<float> _input = new(train.Items.Count);
    private readonly SparseBatch<float> _target = new(train.Items.Count);

    /// <summary>The model's scores.</summary>
    public required ScoreUsers Score { get; init; }

    public override IReadOnlyList<Parameter<float>> Parameters => network.Parameters;

    public override int Rows => train.Users.Count;

    public override double Gradient(in Batch batch)
    {
        _input.Clear();
        _target.Clear();
        foreach (int user in batch.Rows)
        {
            foreach (int item in train.Csr.RowIndices(user))
            {
                _input.Add(item, 1);
                _target.Add(item, 1);
            }

            _input.EndRow();
            _target.EndRow();
        }

        var degrees = BatchDegrees.Of(train.Csr, batch.Rows);
        for (int r = 0; r < batch.Rows.Length; r++)
        {
            degrees.Normalise(_input.RowIndices(r), _input.RowValues(r));
            Corruption.Mask(_input.RowValues(r), corruption, batch.Rng(Purpose.Corruption, batch.Rows[r]));
        }

        return network.Gradient(Tape, _input, batch.Rows, _target, batch.Scale);
    }

    /// <summary>Without a loss: the mean over all items says little of what is held out.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken) =>
        validator.Rank(Score, null, cancellationToken);
}
