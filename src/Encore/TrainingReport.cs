using System.Text.Json.Serialization;

namespace Encore;

/// <summary>An epoch of training.</summary>
public sealed class EpochReport
{
    /// <summary>An epoch of which nothing beyond what is required is known.</summary>
    public EpochReport()
    {
    }

    // Generated code drops the initialisers of members that are init-only, and a checkpoint of an earlier release lacks some
    // of them: a parameter's default it keeps.
    [JsonConstructor]
    internal EpochReport(
        IReadOnlyDictionary<string, double>? parts = null, double validationLoss = double.NaN, double metricValue = double.NaN,
        double bestMetricValue = double.NaN, double fitSeconds = double.NaN) =>
        (Parts, ValidationLoss, MetricValue, BestMetricValue, FitSeconds) = (parts ?? Parts, validationLoss, metricValue, bestMetricValue, fitSeconds);

    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs that were asked for.</summary>
    public required int Epochs { get; init; }

    /// <summary>Mean loss of the epoch: per user, per rating or per time step as the model counts, penalties
    /// included.</summary>
    public required double Loss { get; init; }

    /// <summary>Batches trained since training began.</summary>
    public long Step { get; init; }

    /// <summary>What the loss is made of, each as a mean like <see cref="Loss"/>, such as <c>reconstruction</c>, <c>kl</c>
    /// (before β weighs it) and <c>penalty</c>; and what a schedule has come to, such as <c>beta</c>. Empty where the
    /// loss has one part.</summary>
    public IReadOnlyDictionary<string, double> Parts { get; init; } = new Dictionary<string, double>();

    /// <summary>The same loss without noise on the validation users; NaN where it was not computed.</summary>
    public double ValidationLoss { get; init; } = double.NaN;

    /// <summary>The name of the validation metric; null without validation.</summary>
    public string? Metric { get; init; }

    /// <summary>Whether smaller values of the metric are better; null without validation, and where an earlier release wrote
    /// the report.</summary>
    public bool? LowerIsBetter { get; init; }

    /// <summary>The validation metric; NaN where this epoch was not validated.</summary>
    public double MetricValue { get; init; } = double.NaN;

    /// <summary>The best value of the metric so far, this epoch included; NaN where none was validated.</summary>
    public double BestMetricValue { get; init; } = double.NaN;

    /// <summary>Whether the metric is the best so far.</summary>
    public bool IsBest { get; init; }

    /// <summary>Learning rate at the end of the epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Seconds of training, validation not counted.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Seconds of validation.</summary>
    public double ValidationSeconds { get; init; }

    /// <summary>Users (or items, where items are autoencoded) trained a second.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Seconds left, were all epochs to run.</summary>
    public double SecondsLeft { get; init; }

    /// <summary>Seconds from the beginning of the fit to the end of the epoch, with what comes before training, such as a
    /// search. Of a fit that was cut off, what a checkpoint kept of it counts, and not the time until it went on; NaN where
    /// nobody counted.</summary>
    public double FitSeconds { get; init; } = double.NaN;

    /// <summary>The epoch in a line of at most 80 characters: what there is no room for is left out, the speed first.</summary>
    public override string ToString()
    {
        string epoch = FormattableString.Invariant($"epoch {Epoch}/{Epochs}"), loss = FormattableString.Invariant($"  loss {Loss:G5}");
        string validation = double.IsNaN(ValidationLoss) ? "" : FormattableString.Invariant($"  validation {ValidationLoss:G5}");
        string metric = double.IsNaN(MetricValue) ? "" : FormattableString.Invariant($"  {Metric} {MetricValue:F4}{(IsBest ? "*" : "")}");
        string speed = FormattableString.Invariant($"  {RowsPerSecond:N0}/s"), left = $"  {Left(SecondsLeft)} left";
        string[] lines = [epoch + loss + validation + metric + speed + left, epoch + loss + validation + metric + left, epoch + loss + metric + left, epoch + loss + metric, epoch + loss];
        return Array.Find(lines, l => l.Length <= Width) ?? lines[^1];
    }

    // More than a day is no clock's time, and more than centuries none at all.
    private static string Left(double seconds) => seconds < 86_400 ? TimeSpan.FromSeconds(Math.Max(0, seconds)).ToString("h\\:mm\\:ss", System.Globalization.CultureInfo.InvariantCulture)
        : FormattableString.Invariant($"{Math.Min(seconds / 86_400, 9999):F1} days");

    private const int Width = 80;
}

/// <summary>How the training of an iterative model went.</summary>
public sealed class TrainingReport(IReadOnlyList<EpochReport> epochs, int bestEpoch, string stopped)
{
    /// <summary>Its epochs.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; } = epochs;

    /// <summary>The epoch whose weights the model has, from 1.</summary>
    public int BestEpoch { get; } = bestEpoch;

    /// <summary>Why it ended: all epochs, patience, the time budget, or the callback.</summary>
    public string Stopped { get; } = stopped;

    /// <summary>Seconds of training and validation.</summary>
    public double Seconds => Epochs.Sum(e => e.TrainSeconds + e.ValidationSeconds);

    /// <summary>Seconds of the fit before it went on from a checkpoint; 0 where it did not.</summary>
    public double EarlierSeconds { get; init; }

    /// <summary>The same of a fit that had taken some seconds before it went on.</summary>
    internal TrainingReport After(double seconds) => new(Epochs, BestEpoch, Stopped) { EarlierSeconds = seconds };
}

/// <summary>A model that learns in epochs.</summary>
public interface IIterativeModel
{
    /// <summary>How its training went; null before it was fitted.</summary>
    TrainingReport? Training { get; }
}

/// <summary>Watches training.</summary>
public interface ITrainingCallback
{
    /// <summary>An epoch has ended; the model can be used as it is.</summary>
    void EpochEnded(EpochReport report);

    /// <summary>A batch has been trained. Called often: what is slow here slows training.</summary>
    void StepEnded(in StepReport report)
    {
    }

    /// <summary>Whether training goes on after an epoch, asked once <see cref="EpochEnded"/> has been called. Where it does
    /// not, the model has the weights of the best epoch so far.</summary>
    bool ShouldContinue(EpochReport report) => true;
}

/// <summary>A batch of training.</summary>
public readonly struct StepReport(long step, int epoch, double fraction, double loss, double learningRate)
{
    /// <summary>Batches trained since training began, this one included.</summary>
    public long Step { get; } = step;

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Share of the epoch that is done, in (0, 1].</summary>
    public double Fraction { get; } = fraction;

    /// <summary>Mean loss of the batch, without penalties.</summary>
    public double Loss { get; } = loss;

    /// <summary>The learning rate of the step.</summary>
    public double LearningRate { get; } = learningRate;
}

/// <summary>Where an iterative model keeps checkpoints.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The file. It is replaced as a whole, so that whatever happens there is a complete one.</summary>
    public required string Path { get; init; }

    /// <summary>Whether training goes on from the file, when it is there. The weights at the end have the same bits as
    /// if training had never stopped. False: a file that is there is an error, and nothing is lost.</summary>
    public bool Resume { get; init; }

    /// <summary>Seconds between two checkpoints; 0: after every epoch. Default 30. When training is cancelled, its state is
    /// written too.</summary>
    public double EverySeconds { get; init; } = 30;

    /// <summary>Whether the last state is written when training is complete, so that it can be extended by more epochs.
    /// Default true.</summary>
    public bool KeepAtEnd { get; init; } = true;
}

/// <summary>The loss became infinite, not a number, or many times what it was, or what a network predicts is no finite
/// number.</summary>
/// <param name="message">Epoch, batch, layer, and what to try.</param>
public sealed class TrainingDivergedException(string message) : Exception(message)
{
    /// <summary>What was found when a network was measured, for the training to say in which epoch; null where the message
    /// has all.</summary>
    internal string? What { get; private init; }

    /// <summary>A network that was measured and gave a number that is not finite.</summary>
    /// <param name="model">The network.</param>
    /// <param name="name">Its name.</param>
    /// <param name="what">What was found.</param>
    internal static TrainingDivergedException Measured(IIterativeModel model, string name, string what) => new(
        $"{name} diverged: {(model.Training is { } training ? FormattableString.Invariant($"with the weights of epoch {training.BestEpoch}, ") : "")}{what}. {Advice("")}")
    {
        What = what,
    };

    /// <summary>What to try.</summary>
    internal static string Advice(string now) =>
        $"Try a smaller learning rate{now}, clip-norm, or a warm-up; check the data for values far from the others.";
}
