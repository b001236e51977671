using Encore.Experiments;
using Encore.Models;
using Encore.Splitting;

namespace Encore.Article;

/// <summary>The article's models under the honest protocols.</summary>
internal static class ArticleProtocols
{
    private const int QuickEpochs = 5;

    /// <summary>The protocols that some rows call for, with their models; each selects epochs on validation users and
    /// looks at the test users once.</summary>
    public static IEnumerable<Block> Of(IReadOnlyList<string> rows, bool quick)
    {
        var options = new ProtocolOptions { Repetitions = 1 };
        Block[] blocks =
        [
            new(new RatingProtocol(options), [.. Ratings(rows, quick)]),
            new(new StrongProtocol(options), [.. Rankings(rows, quick)]),
            new(new WeakProtocol(options), [.. Rankings(rows, quick)]),
            new(new TemporalProtocol(options), [.. Orders(rows)]),
        ];
        return blocks.Where(block => block.Models.Count > 0);
    }

    private static IEnumerable<ExperimentModel> Ratings(IReadOnlyList<string> rows, bool quick)
    {
        if (rows.Contains("AutoRec"))
        {
            var byItem = new AutoRecOptions();
            var byUser = byItem with { By = RatingRowKind.User, Centre = true, L2 = 150, Epochs = 45, ScheduleFactor = 0.93 };
            yield return new("autorec", () => new AutoRec(byItem with { Epochs = quick ? QuickEpochs : byItem.Epochs }));
            yield return new("autorec:by=user", () => new AutoRec(byUser with { Epochs = quick ? QuickEpochs : byUser.Epochs }));
        }

        if (rows.Contains("DeepRec"))
        {
            yield return new("deeprec", () => new DeepRec(new DeepRecOptions
            {
                Epochs = quick ? QuickEpochs : 30,
                Optimizer = Networks.OptimizerKind.Adam,
                LearningRate = 5e-4,
                Schedule = Training.LearningRateSchedule.Step,
                ScheduleEvery = 1,
                ScheduleFactor = 0.9,
            }));
        }

        if (rows.Contains("AutoRec") || rows.Contains("DeepRec"))
        {
            yield return new("rating-bias", () => new RatingBias());
        }
    }

    private static IEnumerable<ExperimentModel> Rankings(IReadOnlyList<string> rows, bool quick)
    {
        if (rows.Contains("CDAE"))
        {
            yield return new("cdae", () => new Cdae(new CdaeOptions { Epochs = quick ? QuickEpochs : new CdaeOptions().Epochs }));
        }

        if (rows.Contains("MultVAE"))
        {
            yield return new("mult-vae", () => new MultVae(new MultVaeOptions { Epochs = quick ? QuickEpochs : new MultVaeOptions().Epochs }));
        }

        if (rows.Contains("ESAE"))
        {
            yield return new("ease", () => new Ease());
        }
    }

    private static IEnumerable<ExperimentModel> Orders(IReadOnlyList<string> rows)
    {
        if (rows.Contains("SVAE"))
        {
            yield return new("svae", () => throw new InvalidOperationException("The row SVAE has not been run."));
            yield return new("ease", () => new Ease());
        }
    }

    /// <summary>A protocol with models.</summary>
    internal sealed record Block(Protocol Protocol, IReadOnlyList<ExperimentModel> Models);
}
