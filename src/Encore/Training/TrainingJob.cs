using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Training;

/// <summary>A network with its data, as the training loop (<see cref="Trainer"/>) sees it.</summary>
[Experimental(Preview.Networks)]
#pragma warning disable CA1001 // a job ends with its training, and leaves its tape's memory to the collector
public abstract class TrainingJob
#pragma warning restore CA1001
{
    private ParameterGroup? _all;
    private Tape<float>? _tape;

    /// <summary>All parameters, in a fixed order: what is kept as the best weights and stored in the model. Those that no
    /// phase trains are the job's own affair.</summary>
    public abstract IReadOnlyList<Parameter<float>> Parameters { get; }

    /// <summary>What a checkpoint carries beside <see cref="Parameters"/>, such as a frozen copy of an encoder; their names
    /// are their own. No optimiser moves them. Default: nothing.</summary>
    public virtual IReadOnlyList<Parameter<float>> State => [];

    /// <summary>Rows of the training data: users, or items.</summary>
    public abstract int Rows { get; }

    /// <summary>What the model, its options and the data are, in a line; a checkpoint of another is refused.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Text that a checkpoint must carry, such as a β that was searched for.</summary>
    public Dictionary<string, string> Notes { get; init; } = [];

    /// <summary>What the loss of the epoch so far is the sum of, by name; empty where it has one part. A checkpoint carries
    /// them.</summary>
    internal SortedDictionary<string, double> PartSums { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the model predicts ratings rather than ranks items: the default metric follows from it. Default
    /// false.</summary>
    public virtual bool PredictsRatings => false;

    /// <summary>All parameters as one group.</summary>
    protected ParameterGroup AllParameters => _all ??= new ParameterGroup("all", Parameters);

    /// <summary>The tape of the steps: <see cref="Gradient"/> begins it, records on it, and goes back.</summary>
    protected Tape<float> Tape => _tape ??= new Tape<float>(compute: Compute);

    /// <summary>What training runs on (<see cref="FitContext.Compute"/>); known once training begins.</summary>
    public Compute Compute { get; internal set; } = Compute.Default;

    /// <summary>What an epoch (from 0) consists of: a function of the epoch and of options that cannot change at a resume.
    /// Default: one sweep that trains all parameters.</summary>
    public virtual EpochPlan Plan(int epoch) => new(new Phase("train", AllParameters));

    /// <summary>A phase begins. Called once for each sweep, and not again where a resumed training goes on inside it: what it
    /// changes must be in <see cref="Parameters"/>, <see cref="State"/> or <see cref="Notes"/>.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public virtual void Enter(Phase phase, int epoch)
    {
    }

    /// <summary>The number of terms that the loss of a batch is the sum of, known without computing it: rows, ratings or time
    /// steps. Default: the rows.</summary>
    /// <param name="rows">Rows of the training data.</param>
    /// <param name="pass">Which feeding of the batch it is, from 0.</param>
    public virtual long Terms(ReadOnlySpan<int> rows, int pass) => rows.Length;

    /// <summary>Computes the gradients of a batch into the parameters that are trained
    /// (<see cref="Parameter{T}.IsTrained"/>).</summary>
    /// <returns>The loss without penalties, summed over the batch's terms.</returns>
    public abstract double Gradient(in Batch batch);

    /// <summary>The optimiser has taken its step or, where a batch is fed again, its last one.</summary>
    public virtual void StepEnded(in Batch batch)
    {
    }

    /// <summary>Measures the network on the validation users: the metric that selects the epoch, and the loss without noise
    /// and penalties, for which users are scored once. Nothing of it may stay in the model.</summary>
    /// <param name="validator">Measures what it is given: <see cref="Validator.Rank"/> or
    /// <see cref="Validator.Rate"/>.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    public abstract ValidationResult Validate(Validator validator, CancellationToken cancellationToken);

    /// <summary>What a schedule has come to after so many steps, such as β; by name. Default: nothing.</summary>
    public virtual IReadOnlyDictionary<string, double> Levels(long steps) => ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The penalties beside the mean loss of a term. Default: those of the parameters that the epoch trains, for
    /// losses that are a mean over the batch plus the penalties.</summary>
    /// <param name="plan">The epoch's plan.</param>
    /// <param name="terms">Terms of the epoch.</param>
    public virtual double PenaltyPerTerm(EpochPlan plan, double terms)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Parameters.Where(plan.Trains).Sum(p => p.PenaltyLoss());
    }

    /// <summary>Adds to a part of the epoch's loss, for its report.</summary>
    /// <param name="name">The part, such as <c>kl</c>.</param>
    /// <param name="sum">Summed over the batch's terms.</param>
    protected void AddPart(string name, double sum) => PartSums[name] = PartSums.GetValueOrDefault(name) + sum;
}
