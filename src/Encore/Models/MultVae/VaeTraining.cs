using System.Numerics.Tensors;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Models;

/// <summary>How a denoising model spoils its input.</summary>
public enum CorruptionKind
{
    /// <summary>Zeroes each value with a probability and scales those kept up.</summary>
    Masking,

    /// <summary>Adds normal noise to each value; of a history to the items met, so that it stays sparse.</summary>
    Gaussian,
}

/// <summary>Feeds users' rows to a <see cref="VaeNetwork{T}"/>: x/‖x‖₂, corrupted, in; x out. With features of items there
/// is a row for each of them behind the users'; with features of users those stand behind the items of the input, as they
/// are.</summary>
internal class VaeTraining : TrainingJob
{
    private protected readonly VaeNetwork<float> _network;
    private const string SideSweep = "features";

    private protected readonly InteractionMatrix _train;
    private protected readonly VaeDesign _design;
    private readonly SparseBatch<float> _input;
    private readonly SparseBatch<float> _target;
    private readonly SparseBatch<float>? _weights; // of the targets
    private float[] _epsilon = [];
    private readonly VaeSide? _side;
    private readonly RowKinds<float>? _kinds;
    private EpochPlan? _first, _others; // with features of items
    private SparseBatch<float>? _held; // of the validation users

    public VaeTraining(VaeNetwork<float> network, InteractionMatrix train, VaeDesign design, VaeSide? side = null)
    {
        (_network, _train, _design, _side) = (network, train, design, side);
        _kinds = side?.Rows is null ? null : new RowKinds<float>(side.Unmet);
        (_input, _target) = (new SparseBatch<float>(network.Inputs), new SparseBatch<float>(train.Items.Count));
        _weights = train.Weights is null ? null : new SparseBatch<float>(train.Items.Count);
        foreach (var weight in network.Weights)
        {
            weight.Penalty = (float)(2 * design.L2);
        }
    }

    public override IReadOnlyList<Parameter<float>> Parameters => _network.Parameters;

    public override int Rows => _train.Users.Count + (_side?.Rows?.Rows ?? 0);

    /// <summary>With features of items the first epoch begins with sweeps over them alone.</summary>
    public override EpochPlan Plan(int epoch)
    {
        if (_side?.Rows is null)
        {
            return base.Plan(epoch);
        }

        var users = _design.SideWeight > 0 ? Range.All : ..Users;
        _others ??= new EpochPlan(new Phase("train", AllParameters) { Rows = users });
        _first ??= _side.Sweeps == 0 ? _others : new EpochPlan(
        [
            .. Enumerable.Range(0, _side.Sweeps).Select(_ => new Phase(SideSweep, AllParameters) { Rows = Users.., CountsLoss = false }),
            new Phase("train", AllParameters) { Rows = users, FreshOptimizer = true },
        ]);
        return epoch == 0 ? _first : _others;
    }

    public override double Gradient(in Batch batch)
    {
        var (input, target, weights) = Read(batch, corrupted: true);
        if (_network.IsVariational)
        {
            Buffers.Grow(ref _epsilon, batch.Rows.Length * _network.Code);
            Corruption.Noise(Compute, _epsilon, _network.Code, batch.Rows, batch.Seed, batch.Sweep);
        }

        bool isPretraining = batch.Phase.Name == SideSweep;
        if (_kinds is not null)
        {
            _kinds.Set(batch.Rows, Users);
            _kinds.FeatureWeight = isPretraining ? 1 : (float)_design.SideWeight;
        }

        double β = isPretraining ? _design.Beta : BetaAt(batch.Step);
        var (nll, kl) = _network.Gradient(Tape, input, target, _epsilon, β, batch.Scale, weights, _kinds);
        if (_network.IsVariational && !isPretraining)
        {
            AddPart("reconstruction", nll);
            AddPart("kl", kl);
        }

        return nll + (β * kl);
    }

    public override IReadOnlyDictionary<string, double> Levels(long steps) =>
        _network.IsVariational ? new Dictionary<string, double> { ["beta"] = BetaAt(steps) } : base.Levels(steps);

    // Rises from 0 to its full size over the annealing steps, of which sweeps over features alone are none.
    private double BetaAt(long step) => _design.AnnealSteps > 0
        ? _design.Beta * Math.Min(1, (double)Math.Max(0, step - (_side?.Steps ?? 0)) / _design.AnnealSteps)
        : _design.Beta;

    private int Users => _train.Users.Count;

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        ones.AsSpan().Fill(1);
        return ones;
    }

    /// <summary>A batch's input, corrupted or not, its target, and how much each of that counts; the next call overwrites
    /// them.</summary>
    private protected (SparseBatch<float> Input, SparseBatch<float> Target, SparseBatch<float>? Weights) Read(in Batch batch, bool corrupted)
    {
        _input.Clear();
        _target.Clear();
        _weights?.Clear();
        foreach (int user in batch.Rows)
        {
            // A feature's row behind the users'.
            bool isUser = user < Users;
            var (from, row) = isUser ? (_train.Csr, user) : (_side!.Rows!, user - Users);
            AddHistory(_input, from.RowIndices(row), isUser ? _train.Inputs.RowValues(user) : from.RowValues(row), _design.Normalise);
            if (corrupted)
            {
                Spoil(_input.OpenValues, batch.Rng(Purpose.Corruption, user));
            }

            if (isUser && _side?.Users is { } known)
            {
                AddFeatures(_input, _network.Items, known, user, _design.UserWeight);
            }

            _input.EndRow();
            AddTarget(_target, from, row);
            _weights?.AddRow(from.RowIndices(row), isUser ? _train.WeightsOf(user) : Ones(from.RowLength(row)));
        }

        return (_input, _target, _weights);
    }

    private void Spoil(Span<float> values, Rng rng)
    {
        if (_design.Corruption == CorruptionKind.Gaussian)
        {
            Corruption.Gaussian(values, _design.Level, rng);
        }
        else
        {
            Corruption.Mask(values, _design.Level, rng);
        }
    }

    // The logistic likelihood is of chances: a rating of 5 is no more than a 1.
    private void AddTarget(SparseBatch<float> target, CsrMatrix from, int row)
    {
        target.AddRow(from.RowIndices(row), from.RowValues(row));
        if (_network.Likelihood == Likelihood.Logistic)
        {
            var values = target.RowValues(target.Rows - 1);
            TensorPrimitives.Clamp(values, 0, 1, values);
        }
    }

    /// <summary>The loss is the mean −log p of what is held out, given the history.</summary>
    public override ValidationResult Validate(Validator validator, CancellationToken cancellationToken)
    {
        var target = HeldOut(validator.Users);
        return validator.Rank(
            (histories, scores) => Score(Compute, _network, histories, scores, _design.Normalise, _design.UserWeight), (user, scores) => _network.Loss(scores, target, user, 0), cancellationToken);
    }

    private SparseBatch<float> HeldOut(EvaluationSet users)
    {
        if (_held is null)
        {
            _held = new SparseBatch<float>(_train.Items.Count);
            for (int user = 0; user < users.Users; user++)
            {
                AddTarget(_held, users.HeldOut.Csr, user);
            }
        }

        return _held;
    }

    public static void Score(Compute compute, VaeNetwork<float> network, Histories histories, Span<float> scores, bool normalise, double userWeight = 0)
    {
        var users = network.UserFeatures == 0 ? null : histories.UserFeatures;
        if (users is not null && (users.Count != network.UserFeatures || users.Matrix.Rows < histories.Start + histories.Count))
        {
            throw new ArgumentException(
                $"Found {users.Count} features of {users.Matrix.Rows} users, expected {network.UserFeatures} of {histories.Start + histories.Count}, as {nameof(IUsesUserFeatures.UserSpace)} encodes them.", nameof(histories));
        }

        var input = new SparseBatch<float>(network.Inputs);
        for (int r = 0; r < histories.Count; r++)
        {
            AddHistory(input, histories.Items(r), histories.Values(r), normalise);
            if (users is not null)
            {
                AddFeatures(input, network.Items, users.Matrix, histories.Start + r, userWeight);
            }

            input.EndRow();
        }

        network.Scores(compute, input, scores);
    }

    /// <summary>Bytes that training takes.</summary>
    public static long Memory(int items, VaeDesign design, int batch, int userFeatures = 0)
    {
        var layers = design.Layers;
        int last = design.Decoder == DecoderShape.Linear ? layers[^1] : layers[0];
        long weights = ((long)items * (layers[0] + last)) + ((long)userFeatures * layers[0]);
        for (int l = 1; l < layers.Count; l++)
        {
            weights += (design.IsVariational && l == layers.Count - 1 ? 3L : 2L) * layers[l - 1] * layers[l];
        }

        // Value, gradient, two moments and the best so far; the output layer's own.
        return (5 * 4 * weights) + ItemOutput<float>.Memory(items, last, batch);
    }

    /// <summary>A row of a history, divided by its length where it is wanted.</summary>
    public static void Add(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values, bool normalise)
    {
        AddHistory(batch, items, values, normalise);
        batch.EndRow();
    }

    private static void AddFeatures(SparseBatch<float> batch, int items, CsrMatrix users, int user, double weight)
    {
        var features = users.RowIndices(user);
        var values = users.RowValues(user);
        for (int k = 0; k < features.Length; k++)
        {
            batch.Add(items + features[k], (float)weight * values[k]);
        }
    }

    private static void AddHistory(SparseBatch<float> batch, ReadOnlySpan<int> items, ReadOnlySpan<float> values, bool normalise)
    {
        float norm = normalise ? TensorPrimitives.Norm(values) : 1;
        for (int k = 0; k < items.Length; k++)
        {
            batch.Add(items[k], norm > 0 ? values[k] / norm : 0);
        }
    }
}
