namespace Encore.Tracking;

/// <summary>A line of figures of a run.</summary>
/// <param name="Step">Batches trained when it was written. Steps rise; a line whose step is not above the last one's takes
/// the place of all from its step on, as a run that is resumed repeats what came after its checkpoint.</param>
/// <param name="Epoch">The epoch that the line ends, or the one within which it lies, from 1; 0: there are none.</param>
/// <param name="Time">When it was written.</param>
/// <param name="Values">Figures by name, such as <c>loss</c>, <c>loss/kl</c>, <c>validation/ndcg@100</c>,
/// <c>learning_rate</c>. Those that are no finite numbers are not written.</param>
public sealed record RunMetrics(long Step, int Epoch, DateTimeOffset Time, IReadOnlyDictionary<string, double> Values);

/// <summary>The names of figures that training writes.</summary>
public static class MetricKeys
{
    /// <summary>Mean loss of an epoch, penalties included.</summary>
    public const string Loss = "loss";

    /// <summary>What stands before a part of the loss, such as <c>loss/kl</c>.</summary>
    public const string LossPart = "loss/";

    /// <summary>Mean loss of the last batch, without penalties: on lines within an epoch.</summary>
    public const string BatchLoss = "batch_loss";

    /// <summary>The learning rate.</summary>
    public const string LearningRate = "learning_rate";

    /// <summary>The weight β of the divergence, of variational models.</summary>
    public const string Beta = "beta";

    /// <summary>What stands before a figure of the validation users, such as <c>validation/ndcg@100</c>.</summary>
    public const string Validation = "validation/";

    /// <summary>Users (or items, where items are autoencoded) trained a second.</summary>
    public const string RowsPerSecond = "rows_per_second";

    /// <summary>Seconds of training in the epoch.</summary>
    public const string TrainSeconds = "train_seconds";

    /// <summary>Seconds of validation after the epoch.</summary>
    public const string ValidationSeconds = "validation_seconds";

    /// <summary>Seconds from the beginning of the fit to the end of the epoch, of all processes that worked on it.</summary>
    public const string ElapsedSeconds = "elapsed_seconds";

    /// <summary>Resident memory of the process in bytes.</summary>
    public const string Memory = "memory_bytes";

    /// <summary>Processors that the process kept busy since the line before, such as 1.9.</summary>
    public const string Processors = "processors";

    /// <summary>Seconds to fit, of a run as a whole.</summary>
    public const string FitSeconds = "fit_seconds";

    /// <summary>Seconds to score, rank and measure the test users, of a run as a whole.</summary>
    public const string EvaluateSeconds = "evaluate_seconds";

    /// <summary>Most resident memory while the run was fitted and measured, in bytes.</summary>
    public const string PeakMemory = "peak_bytes";

    /// <summary>The epoch whose weights the model has, of a run as a whole.</summary>
    public const string BestEpoch = "best_epoch";

    /// <summary>The epochs that were trained, of a run as a whole.</summary>
    public const string Epochs = "epochs";

    /// <summary>What stands after a metric for its standard error, such as <c>ndcg@100/stderr</c>.</summary>
    public const string StandardError = "/stderr";
}
