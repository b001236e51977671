using Encore.Networks;

namespace Encore.Training;

/// <summary>How the learning rate goes.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays, after the warm-up.</summary>
    Constant,

    /// <summary>It is multiplied by a factor every so many epochs.</summary>
    Step,
}

/// <summary>What all iterative models can be told about training. Each model has defaults of its own.</summary>
public record TrainingOptions
{
    /// <summary>Passes over the training data.</summary>
    [Option("passes over the training data", Minimum = 1)]
    public int Epochs { get; init; } = 100;

    /// <summary>Rows (users, or items where items are autoencoded) a step.</summary>
    [Option("rows of a step", Minimum = 1)]
    public int BatchSize { get; init; } = 500;

    /// <summary>How parameters follow their gradients.</summary>
    [Option("how parameters follow their gradients")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The learning rate.</summary>
    [Option("learning rate", Minimum = 0)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Momentum of sgd.</summary>
    [Option("momentum of sgd", Minimum = 0, ExclusiveMaximum = 1)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay: with adam-w beside the gradient, else c·w in the gradient of every parameter.</summary>
    [Option("weight decay of every parameter", Minimum = 0)]
    public double WeightDecay { get; init; }

    /// <summary>How the learning rate goes.</summary>
    [Option("how the learning rate goes")]
    public LearningRateSchedule Schedule { get; init; }

    /// <summary>Epochs between two changes of the step schedule.</summary>
    [Option("epochs between changes of the step schedule", Minimum = 1)]
    public int ScheduleEvery { get; init; } = 50;

    /// <summary>Factor of each change of the step schedule.</summary>
    [Option("factor of each change of the step schedule", Minimum = 0)]
    public double ScheduleFactor { get; init; } = 0.96;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    [Option("steps over which the learning rate rises from 0", Minimum = 0)]
    public int WarmupSteps { get; init; }

    /// <summary>Longest gradient, all parameters together; longer ones are shortened to it. 0: any.</summary>
    [Option("longest gradient; 0: any", Minimum = 0)]
    public double ClipNorm { get; init; }

    /// <summary>The validation metric that selects the epoch, such as <c>ndcg@100</c> or <c>rmse</c>; empty: rmse where
    /// ratings are predicted, else ndcg@100.</summary>
    [Option("validation metric that selects the epoch; empty: rmse for ratings, else ndcg@100")]
    public string Metric { get; init; } = "";

    /// <summary>Epochs between two validations.</summary>
    [Option("epochs between validations", Minimum = 1)]
    public int ValidateEvery { get; init; } = 1;

    /// <summary>Validations without a better metric after which training stops; 0: it goes on to the last epoch.</summary>
    [Option("validations without a better metric before training stops; 0: never", Minimum = 0)]
    public int Patience { get; init; }

    /// <summary>Seconds after which training stops with the best weights so far; 0: no limit. Results then depend on
    /// the machine.</summary>
    [Option("seconds after which training stops; 0: no limit", Minimum = 0)]
    public double TimeBudget { get; init; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The step, from 0.</param>
    internal double RateAt(int epoch, long step)
    {
        double rate = LearningRate;
        if (Schedule == LearningRateSchedule.Step)
        {
            rate *= Math.Pow(ScheduleFactor, epoch / ScheduleEvery);
        }

        return step < WarmupSteps ? rate * (step + 1) / WarmupSteps : rate;
    }
}
