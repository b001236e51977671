using Encore.Models;
using Encore.Networks;
using Encore.Training;

namespace Encore.Article;

/// <summary>The settings behind the article's rows, from its public code; where a batch of users stands for the code's
/// one user at a time, the constants are scaled to it.</summary>
internal static class ArticleSettings
{
    /// <summary>By users, all 500 epochs, the last one's weights. λ = 1 on each of the 12 batches of an epoch is 12 on the
    /// whole data set.</summary>
    public static AutoRecOptions AutoRec(bool quick) => new()
    {
        By = RatingRowKind.User,
        L2 = 12,
        Epochs = quick ? 50 : 500,
        BatchSize = 512,
        LearningRate = 1e-3,
        Schedule = LearningRateSchedule.Step,
        ScheduleEvery = 50,
        ScheduleFactor = 0.96,
        Refit = false,
        Start = AutoRecStart.Normal,
    };

    /// <summary>SELU on the output too, 0.001·‖W‖² (λ/2 here), no re-feeding. All 500 epochs: the code would stop after three
    /// epochs without a smaller validation loss, but that loss includes the penalty, which falls in every epoch.</summary>
    public static DeepRecOptions DeepRec(bool quick) => new()
    {
        LastActivation = Activation.Selu,
        L2 = 0.002,
        Epochs = quick ? 50 : 500,
        BatchSize = 512,
        LearningRate = 1e-3,
        Metric = "rmse_per_user",
        Patience = 0,
        Refit = false,
        Loss = DeepRecLoss.RmsePerUser,
    };

    /// <summary>Adam at 1e-2, patience 50; a batch is also whose users an input is normalised by.</summary>
    public static TrainingOptions Cdae(bool quick) => new()
    {
        Epochs = quick ? 20 : 500,
        Patience = 50,
        BatchSize = 512,
        LearningRate = 1e-2,
    };

    /// <summary>Adam at 1e-2, patience 50.</summary>
    public static TrainingOptions MultVae(bool quick) => new()
    {
        Epochs = quick ? 20 : 500,
        Patience = 50,
        BatchSize = 512,
        LearningRate = 1e-2,
    };

    /// <summary>
    /// The next 4 items, no dropout; the divergence and the weight decay of the code, beside a loss that it sums over a
    /// history of about a hundred steps, come to next to nothing. The code takes 50 epochs of one user a step at 1e-3; in
    /// batches of 16 at 2e-3 the network knows its training users as well after 11, and better afterwards.
    /// </summary>
    public static SvaeOptions Svae(bool quick) => new()
    {
        NextK = 4,
        Dropout = 0,
        Beta = 1e-4,
        AnnealSteps = 0,
        Epochs = quick ? 2 : 11,
        Patience = 0,
        BatchSize = 16,
        LearningRate = 2e-3,
        Schedule = LearningRateSchedule.Constant,
    };
}
