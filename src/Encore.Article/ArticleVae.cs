using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Training;

namespace Encore.Article;

/// <summary>The article's MultVAE as a model; see <see cref="ArticleVaeNetwork{T}"/> for how it differs from
/// <see cref="MultVae"/>.</summary>
internal sealed class ArticleVae(TrainingOptions options) : NeuralRecommender<TrainingOptions>(options)
{
    private const int Width = 200, AnnealSteps = 200_000;
    private const double Dropout = 0.5, Cap = 0.2;

    private ArticleVaeNetwork<float>? _network;

    public override string Name => "MultVAE 200 linear";

    protected override IReadOnlyList<Parameter<float>> NetworkParameters => _network!.Parameters;

    protected override void CreateNetwork(int items) => _network = new ArticleVaeNetwork<float>(items, Width);

    protected override void Initialise(ulong seed) => _network!.Initialise(seed);

    protected override long TrainingMemory(InteractionMatrix train) =>
        (20L * 3 * Width * train.Items.Count) + ItemOutput.Memory(train.Items.Count, Width, Options.BatchSize);

    protected override TrainingJob CreateJob(InteractionMatrix train, string fingerprint) =>
        new ArticleVaeTraining(_network!, train, Dropout, Cap, AnnealSteps) { Fingerprint = fingerprint, Score = ScoreHistories };

    protected override void ScoreHistories(Histories histories, Span<float> scores)
    {
        var input = new SparseBatch<float>(Items.Count);
        for (int r = 0; r < histories.Count; r++)
        {
            ArticleVaeTraining.Add(input, histories.Items(r), histories.Values(r));
        }

        _network!.Scores(Compute, input, scores);
    }
}
