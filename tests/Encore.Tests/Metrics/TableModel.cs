namespace Encore.Tests.Metrics;

/// <summary>A model whose scores and predictions are a formula of the user's row and the item.</summary>
internal sealed class TableModel(IdMap items, Func<int, int, float> score) : IRecommender, IRatingPredictor
{
    public string Name => "table";

    public IdMap Items => items;

    /// <summary>Users of each call of <see cref="Score"/>.</summary>
    public List<int> Blocks { get; } = [];

    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
    }

    public void Score(Histories histories, Span<float> scores)
    {
        Blocks.Add(histories.Count);
        scores.Length.ShouldBe(histories.Count * items.Count);
        for (int r = 0; r < histories.Count; r++)
        {
            for (int i = 0; i < items.Count; i++)
            {
                scores[(r * items.Count) + i] = score(histories.Start + r, i);
            }
        }
    }

    public void Predict(Histories histories, ReadOnlySpan<int> offsets, ReadOnlySpan<int> asked,
        Span<float> predictions)
    {
        for (int r = 0; r < histories.Count; r++)
        {
            for (int k = offsets[r]; k < offsets[r + 1]; k++)
            {
                predictions[k] = score(histories.Start + r, asked[k]);
            }
        }
    }
}
