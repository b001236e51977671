using Encore.Evaluation;

namespace Encore.Experiments;

/// <summary>A model's run within an experiment.</summary>
/// <param name="Model">The model's name in the experiment.</param>
/// <param name="Repetition">The repetition, from 0.</param>
/// <param name="Seed">The seed of its split and its training.</param>
public readonly record struct ModelRunKey(string Model, int Repetition, ulong Seed);

/// <summary>What a model's run found.</summary>
/// <param name="Report">What it reached on the test users.</param>
/// <param name="FitSeconds">Seconds to fit; those before it went on from a checkpoint count
/// (<see cref="TrainingReport.EarlierSeconds"/>).</param>
/// <param name="EvaluateSeconds">Seconds to score, rank and measure.</param>
/// <param name="PeakBytes">Most resident memory of the process meanwhile, the data included.</param>
/// <param name="Training">How the training of an iterative model went; null for closed forms.</param>
public sealed record ModelRunResult(
    EvaluationReport Report, double FitSeconds, double EvaluateSeconds, long PeakBytes, TrainingReport? Training);

/// <summary>
/// Keeps what an experiment does, run by run. Called on the thread that runs the experiment, one run at a time.
/// </summary>
public interface IExperimentJournal
{
    /// <summary>What a run found when the experiment was run before and cut off; null where it has not ended yet.</summary>
    ModelRunResult? Find(ModelRunKey run, Split split);

    /// <summary>A run begins.</summary>
    /// <param name="run">Which.</param>
    /// <param name="model">The model that will be fitted.</param>
    /// <param name="split">What it learns from and is measured on.</param>
    /// <param name="context">What it would be fitted with.</param>
    /// <returns>What it is fitted with: a callback and a checkpoint may be added, nothing else changed.</returns>
    FitContext Started(ModelRunKey run, IModel model, Split split, FitContext context);

    /// <summary>A run has ended.</summary>
    void Ended(ModelRunKey run, IModel model, ModelRunResult result);

    /// <summary>A run has failed; the experiment goes on with the next model.</summary>
    void Failed(ModelRunKey run, Exception exception);
}
