using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Article;

/// <summary>The article's MultVAE as a model; see <see cref="ArticleVaeNetwork{T}"/> for how it differs from
/// <see cref="MultVae"/>.</summary>
internal sealed class ArticleVae(TrainingOptions options) : NeuralRecommender
{
    private const int Width = 200, AnnealSteps = 200_000;
    private const double Dropout = 0.5, Cap = 0.2;

    private ArticleVaeNetwork<float>? _network;

    public override string Name => "MultVAE 200 linear";

    // It lives as long as the comparison: nobody saves or exports it.
    private protected override IReadOnlyDictionary<string, string> Settings => throw Unsaved();

    private protected override IReadOnlyList<Parameter<float>> Parameters => _network!.Parameters;

    private protected override void Build(OnnxGraph graph) => throw Unsaved();

    private protected override void Make(int items) => _network = new ArticleVaeNetwork<float>(items, Width);

    private protected override long MemoryNeeded(InteractionMatrix train) =>
        (20L * 3 * Width * train.Items.Count) + ItemOutput<float>.Memory(train.Items.Count, Width, options.BatchSize);

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        var train = data.Interactions;
        Make(train.Items.Count);
        _network!.Initialise(context.Seed);
        var job = new ArticleVaeTraining(_network, train, Dropout, Cap, AnnealSteps)
        {
            Score = ScoreChecked,
            Fingerprint = Fingerprint(Name, options, train, context),
        };
        return Trainer.Run(job, options, data, context, Name, cancellationToken);
    }

    private protected override void ScoreChecked(Histories histories, Span<float> scores)
    {
        var input = new SparseBatch<float>(Items.Count);
        for (int r = 0; r < histories.Count; r++)
        {
            VaeTraining.Add(input, histories.Items(r), histories.Values(r), normalise: true);
        }

        _network!.Scores(input, scores);
    }

    private NotSupportedException Unsaved() => new($"{Name} is part of the article's comparison, not a model to keep.");
}
