using Encore.Training;

namespace Encore.Models;

/// <summary>What the networks that rank items share: checks, training state, and the report of their training.</summary>
public abstract class NeuralRecommender : IRecommender, IIterativeModel
{
    private IdMap? _items;

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
    public void Fit(InteractionMatrix train, FitContext context)
    {
        (_items, Training) = (null, null);
        Guard.Trainable(train, context, Name);
        MemoryBudget.Require(
            MemoryNeeded(train), $"{Name} of {train.Items.Count:N0} items", "Use smaller layers or a smaller batch-size.", context.MemoryLimit);
        _items = train.Items; // validation asks the model while it learns
        try
        {
            Training = Train(train, context);
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

    /// <summary>Bytes that training takes: parameters with gradient and optimiser state, and the largest batch.</summary>
    private protected abstract long MemoryNeeded(InteractionMatrix train);

    private protected abstract TrainingReport Train(InteractionMatrix train, FitContext context);

    private protected abstract void ScoreChecked(Histories histories, Span<float> scores);

    /// <summary>Model, options, data and seed in a line: what a checkpoint belongs to. How long to train may change
    /// between two runs, and is not in it.</summary>
    internal static string Fingerprint<[System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(ModelOption.Members)] TOptions>(
        string model, TOptions options, InteractionMatrix train, FitContext context)
        where TOptions : TrainingOptions, new()
    {
        string[] free = ["epochs", "patience", "time-budget"];
        var settings = OptionSet<TOptions>.All.Where(o => !free.Contains(o.Name)).Select(o => $"{o.Name}={o.Get(options)}");
        return $"{model} {string.Join(' ', settings)} data={TrainingJob.Digest(train)} seed={context.Seed}";
    }
}
