using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Encore.Networks;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>How a model of Mult-VAE's kin makes and trains its network.</summary>
/// <param name="Layers">Widths from the input to the code.</param>
/// <param name="IsVariational">Whether the code is a distribution.</param>
/// <param name="Likelihood">How scores explain a row.</param>
/// <param name="Activation">Of the hidden layers.</param>
internal sealed record VaeDesign(IReadOnlyList<int> Layers, bool IsVariational, Likelihood Likelihood, Activation Activation)
{
    /// <summary>What lies between a variational code and the scores.</summary>
    public DecoderShape Decoder { get; init; }

    /// <summary>Whether the decoder has the encoder's weights.</summary>
    public bool Tied { get; init; }

    /// <summary>Whether a history is divided by its length, x/‖x‖₂.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>How the input is corrupted.</summary>
    public CorruptionKind Corruption { get; init; }

    /// <summary>The probability of masking, or the noise's standard deviation.</summary>
    public required double Level { get; init; }

    /// <summary>β of a variational code.</summary>
    public double Beta { get; init; }

    /// <summary>Steps over which β rises from 0.</summary>
    public int AnnealSteps { get; init; }

    /// <summary>λ of λ·‖W‖².</summary>
    public required double L2 { get; init; }

    /// <summary>Sweeps over the features of items as rows before the first epoch.</summary>
    public int SideEpochs { get; init; }

    /// <summary>α, what a feature of items counts as a row among users.</summary>
    public double SideWeight { get; init; }

    /// <summary>β of the features of users as further inputs; 0: none.</summary>
    public double UserWeight { get; init; }

    /// <summary>What it learns from beside the interactions, for the model's name.</summary>
    public string Beside => string.Create(CultureInfo.InvariantCulture,
        $"{(SideEpochs > 0 ? $" side-epochs={SideEpochs}" : "")}{(SideWeight > 0 ? $" side-weight={SideWeight}" : "")}{(UserWeight > 0 ? $" user-weight={UserWeight}" : "")}");

    /// <summary>Whether it learns from features of items.</summary>
    public bool UsesItemFeatures => SideEpochs > 0 || SideWeight > 0;

    public VaeNetwork<float> CreateNetwork(int items, int userFeatures = 0) =>
        new(items, Layers, IsVariational, Likelihood, Activation, Tied, Decoder, userFeatures);
}

/// <summary>
/// What Mult-VAE and its kin share (<see cref="MultVae"/>, <see cref="MultDae"/>, <see cref="GaussianVae"/>,
/// <see cref="Dae"/>, <see cref="Sdae"/>): one network, whose design each of them says. Of weighted interactions each observed
/// item counts its weight in −log p, items not met count 1, and old items of the input count less where there is a half-life.
/// </summary>
/// <typeparam name="TOptions">The model's options.</typeparam>
public abstract class VaeRecommender<[DynamicallyAccessedMembers(ModelOption.Members)] TOptions> : NeuralRecommender, IUsesWeights
    where TOptions : TrainingOptions, new()
{
    private protected VaeNetwork<float>? _network;

    private protected VaeRecommender(TOptions? options) => Options = OptionSet<TOptions>.Validated(options);

    WeightUse IUsesWeights.WeightUse => WeightUse.Loss | WeightUse.Inputs;

    private protected TOptions Options { get; }

    private protected abstract VaeDesign Design { get; }

    /// <summary>What a checkpoint calls the model, beside its options.</summary>
    private protected virtual string Kind => Name;

    /// <summary>What the network knows users by; null: by their histories alone.</summary>
    private protected FeatureSpace? Space { get; private set; }

    internal VaeNetwork<float> Network => Guard.Fitted(_network, Name);

    private protected override IReadOnlyDictionary<string, string> Settings => OptionSet<TOptions>.Settings(Options);

    private protected override IReadOnlyList<Parameter<float>> Parameters => _network!.Parameters;

    private protected override void Build(OnnxGraph graph) => _network!.Build(graph, Design, Space);

    private protected override void Make(int items) => _network = Design.CreateNetwork(items, Space?.Count ?? 0);

    private protected override long MemoryNeeded(InteractionMatrix train) => VaeTraining.Memory(train.Items.Count, Design, Options.BatchSize, Space?.Count ?? 0);

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        Start(data, context);
        var job = new VaeTraining(_network!, data.Interactions, Design, SideOf(data, context)) { Fingerprint = FingerprintOf(data, context) };
        return Trainer.Run(job, Options, data, context, Name, cancellationToken);
    }

    /// <summary>Makes the network with its first weights, unless it is a warm start, which keeps those that it has.</summary>
    private protected void Start(TrainingData data, FitContext context)
    {
        if (!context.WarmStart)
        {
            Make(data.Interactions.Items.Count);
            _network!.Initialise(context.Seed);
        }
    }

    private protected override void Prepare(TrainingData data, FitContext context)
    {
        VaeSide.Check(Name, Design, data);
        var space = Design.UserWeight > 0 ? data.UserFeatures!.Space : null;
        if (context.WarmStart && !Names(space).SequenceEqual(Names(Space)))
        {
            throw new InvalidDataException(
                $"{Name} knows users by {Space?.Count ?? 0} features and found {space?.Count ?? 0} or others; a warm start expects the same ones, as the model's own FeatureSpace encodes them.");
        }

        Space = space;

        static IEnumerable<string> Names(FeatureSpace? space) => Enumerable.Range(0, space?.Count ?? 0).Select(f => space!.NameOf(f));
    }

    private protected override void WriteUsers(TensorWriter to) => FeatureTensors.WriteSpace(to, "user-features", Space);

    private protected override void ReadUsers(TensorReader from, IdMap items) =>
        Space = Design.UserWeight > 0 ? FeatureTensors.ReadSpace(from, "user-features") : null;

    /// <summary>What it learns from beside the interactions.</summary>
    private protected VaeSide? SideOf(TrainingData data, FitContext context) => VaeSide.Of(Design, data, context.WarmStart, Options.BatchSize);

    private protected string FingerprintOf(TrainingData data, FitContext context) =>
        Fingerprint(Kind, Options, data.Interactions, context) + SideOf(data, context)?.Fingerprint;

    private protected override void ScoreChecked(Histories histories, Span<float> scores) =>
        VaeTraining.Score(Compute, _network!, histories, scores, Design.Normalise, Design.UserWeight);
}
