using System.Diagnostics.CodeAnalysis;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>
/// What the networks that rank items share: checks, memory, learning anew from training and validation together, model
/// files, ONNX, and the report of their training. A network outside Encore derives from
/// <see cref="NeuralRecommender{TOptions}"/>.
/// </summary>
public abstract class NeuralRecommender : IRecommender, IIterativeModel, IStoredModel, IOnnxModel, IItemVectors, IScoringCost, ILearnsOn
{
    private IdMap? _items;
    private LearnedUsers? _learnedUsers;

    private protected NeuralRecommender()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_items, Name);

    /// <inheritdoc/>
    public TrainingReport? Training { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="TrainingDivergedException">The loss is no number any more, or far above where it began.</exception>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        Guard.SameItemsForWarmStart(data, context, _items, Name);
        (_items, Training) = (null, null);
        var train = Guard.Trainable(data, context, this, cancellationToken);
        Prepare(data, context);
        CheckSizes(train);
        MemoryBudget.Require(
            MemoryNeeded(train), $"{Name} of {train.Items.Count:N0} items", "Use smaller layers or a smaller batch-size.", context.MemoryLimit);
        Compute = context.Compute;
        _items = train.Items; // callbacks may ask the model while it learns
        try
        {
            var clock = new FitClock();
            Training = Learn(data, context with { Clock = clock }, cancellationToken).After(clock.Earlier);
            var learned = !context.WarmStart && data.Validation is not null ? data.WithValidation ?? train : train;
            _learnedUsers = context.WarmStart ? _learnedUsers?.With(learned) : LearnedUsers.Of(learned);
        }
        catch
        {
            _items = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        Guard.Scorable(histories, Items, scores.Length);
        ScoreChecked(histories, scores);
    }

    // Selects the epoch on validation users and, where it is asked to, learns anew from both parts for as many epochs.
    private TrainingReport Learn(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        if (context.WarmStart || data.Validation is null || data.WithValidation is not { } both)
        {
            return Train(data, context, cancellationToken);
        }

        // A search that has ended is in its checkpoint: a resumed run goes through it at once.
        var search = Train(data, context.Checkpoint is null
            ? context
            : context with { Checkpoint = context.Checkpoint with { Path = context.Checkpoint.Path + ".search" } }, cancellationToken);
        var final = Train(data.AndValidation(both), context with { Epochs = search.BestEpoch }, cancellationToken);
        return new TrainingReport([.. search.Epochs, .. final.Epochs], search.BestEpoch, search.Stopped);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => Settings;

    void IStoredModel.Write(TensorWriter writer)
    {
        Guard.Fitted(_items, Name);
        writer.Add(Parameters);
        WriteUsers(writer);
        LearnedUsersTensor.Write(_learnedUsers, writer);
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        Compute = context.Compute;
        ReadUsers(reader, context.Items);
        Make(context.Items.Count);
        reader.Read(Parameters);
        _learnedUsers = LearnedUsersTensor.Read(reader);
        _items = context.Items;
    }

    void IOnnxModel.Build(OnnxGraph graph)
    {
        Guard.Fitted(_items, Name);
        Build(graph);
    }

    LearnedUsers? ILearnsOn.LearnedUsers => _learnedUsers;

    (ReadOnlyMemory<float> Values, int Width)? IItemVectors.ItemVectors =>
        Parameters.LastOrDefault(p => p.Name == "output.weight") is { } vectors ? (vectors.Value, vectors.Columns) : (Parameters[0].Value, Parameters[0].Columns);

    /// <summary>Multiply-adds that scoring takes: once a history, and for each of its items.</summary>
    (double Once, double PerItem) IScoringCost.MultiplyAdds
    {
        get
        {
            int n = Items.Count;
            double Of(Parameter<float> p) => (double)p.Rows * p.Columns;
            double whole = Parameters.Sum(Of), inner = Parameters.Where(p => p.Rows != n && p.Columns != n).Sum(Of);
            double width = (whole - inner) / n;
            return IsSequential ? (whole - inner, width + inner) : (whole, width);
        }
    }

    /// <summary>What training and scores run on: that of the last fit, or of the loading.</summary>
    private protected Compute Compute { get; private set; } = Compute.Default;

    /// <summary>Whether the network takes a step for each item of a history.</summary>
    private protected virtual bool IsSequential => false;

    private protected abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The network's parameters.</summary>
    private protected abstract IReadOnlyList<Parameter<float>> Parameters { get; }

    /// <summary>Builds the network as an ONNX graph.</summary>
    private protected abstract void Build(OnnxGraph graph);

    /// <summary>Makes the network; its weights are 0.</summary>
    private protected abstract void Make(int items);

    /// <summary>What a model knows of its training users.</summary>
    private protected virtual void WriteUsers(TensorWriter to)
    {
    }

    private protected virtual void ReadUsers(TensorReader from, IdMap items)
    {
    }

    /// <summary>Looks at what comes beside the interactions, before anything is learned.</summary>
    private protected virtual void Prepare(TrainingData data, FitContext context)
    {
    }

    /// <summary>Bytes that training takes: parameters with gradient and optimiser state, and the largest batch.</summary>
    private protected abstract long MemoryNeeded(InteractionMatrix train);

    /// <summary>Throws an <see cref="InsufficientMemoryException"/> where the data is beyond what arrays hold, whatever
    /// memory there is.</summary>
    private protected virtual void CheckSizes(InteractionMatrix train)
    {
    }

    private protected abstract TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken);

    private protected abstract void ScoreChecked(Histories histories, Span<float> scores);

    /// <summary>Model, options, data and seed in a line: what a checkpoint belongs to. How long to train may change
    /// between two runs, and is not in it.</summary>
    internal static string Fingerprint<[DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(
        string model, TOptions options, InteractionMatrix train, FitContext context)
        where TOptions : TrainingOptions, new()
    {
        string[] free = ["epochs", "patience", "time-budget"];
        var settings = OptionSet<TOptions>.All.Where(o => !free.Contains(o.Name) && !o.IsAsBefore(options)).Select(o => $"{o.Name}={o.Get(options)}");
        return $"{model} {string.Join(' ', settings)} data={train.Digest()} seed={context.Seed}{(context.WarmStart ? " from a fitted model" : "")}{(context.RankSeenItems ? " seen items ranked" : "")}";
    }
}

/// <summary>
/// A network that ranks items, to be derived from: it gives the network, its training job, its scores and its graph, and
/// gets training with validation, checkpoints and resume, warm starts, model files and ONNX.
/// </summary>
/// <typeparam name="TOptions">Its options: a record each of whose own properties has an
/// <see cref="OptionAttribute"/>.</typeparam>
/// <param name="options">The options; null: their defaults.</param>
/// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
[Experimental(Preview.Networks)]
#pragma warning disable RS0022 // it is there to be derived from; its base is not
public abstract class NeuralRecommender<[DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(TOptions? options) : NeuralRecommender
#pragma warning restore RS0022
    where TOptions : TrainingOptions, new()
{
    /// <summary>The options, each of which has a value that is allowed.</summary>
    protected TOptions Options { get; } = OptionSet<TOptions>.Validated(options);

    /// <summary>What scores run on: that of the last fit, or of the loading.</summary>
    protected new Compute Compute => base.Compute;

    /// <summary>The network's parameters, which a model file holds under their names. An <c>output.weight</c> with a row for
    /// each item is what makes items alike; without one it is the first parameter.</summary>
    protected abstract IReadOnlyList<Parameter<float>> NetworkParameters { get; }

    /// <summary>Makes the network, its weights at 0: first weights or a model file fill it.</summary>
    /// <param name="items">Items.</param>
    protected abstract void CreateNetwork(int items);

    /// <summary>Gives the network its first weights.</summary>
    /// <param name="seed">The seed of training.</param>
    protected abstract void Initialise(ulong seed);

    /// <summary>Bytes that training takes: parameters with gradient, optimiser state and best values, twenty bytes a number,
    /// and what the item output takes (<see cref="ItemOutput.Memory"/>).</summary>
    /// <param name="train">The training interactions.</param>
    protected abstract long TrainingMemory(InteractionMatrix train);

    /// <summary>Makes the job that trains the network.</summary>
    /// <param name="train">The training interactions.</param>
    /// <param name="fingerprint">What a checkpoint belongs to, for <see cref="TrainingJob.Fingerprint"/>.</param>
    protected abstract TrainingJob CreateJob(InteractionMatrix train, string fingerprint);

    /// <summary>Scores every item for some users, whose items have been checked. Any number of threads may ask at once, and
    /// validation asks while the network is trained.</summary>
    /// <param name="histories">The users.</param>
    /// <param name="scores">Receives [users, items].</param>
    protected abstract void ScoreHistories(Histories histories, Span<float> scores);

    /// <summary>Builds the network as an ONNX graph, from <see cref="OnnxGraph.History"/> to
    /// <see cref="OnnxGraph.Scores"/>.</summary>
    /// <param name="graph">The graph.</param>
    /// <exception cref="NotSupportedException">It has no such form. Default.</exception>
    protected virtual void BuildGraph(OnnxGraph graph) =>
        throw new NotSupportedException($"{Name} has no form in ONNX: it does not override {nameof(BuildGraph)}.");

    private protected sealed override IReadOnlyDictionary<string, string> Settings => OptionSet<TOptions>.Settings(Options);

    private protected sealed override IReadOnlyList<Parameter<float>> Parameters => NetworkParameters;

    private protected sealed override void Build(OnnxGraph graph) => BuildGraph(graph);

    private protected sealed override void Make(int items) => CreateNetwork(items);

    private protected sealed override long MemoryNeeded(InteractionMatrix train) => TrainingMemory(train);

    private protected sealed override void ScoreChecked(Histories histories, Span<float> scores) => ScoreHistories(histories, scores);

    private protected sealed override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        if (!context.WarmStart)
        {
            CreateNetwork(data.Interactions.Items.Count);
            Initialise(context.Seed);
        }

        var job = CreateJob(data.Interactions, Fingerprint(Name, Options, data.Interactions, context));
        return Trainer.Run(job, Options, data, context, Name, cancellationToken);
    }
}
