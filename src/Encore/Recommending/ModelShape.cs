namespace Encore.Recommending;

/// <summary>What a model's work grows with, for <see cref="RequestCost"/>: times in microseconds of one core.</summary>
internal sealed class ModelShape
{
    private readonly bool _isLinear;
    private readonly bool _hasWeights;
    private readonly double _perScoring;
    private readonly double _perItemOfHistory;
    private readonly double _perSimilarities;

    private ModelShape(IRecommender model)
    {
        // Multiply-adds per nanosecond: weights that come from memory once, or a product over many users.
        const double Streamed = 3e-4, Multiplied = 1e-4;
        Items = model.Items.Count;
        _isLinear = model is ILinearModel { IsLinear: true };
        _hasWeights = model is IItemSimilarity;
        int width = model is IItemVectors { ItemVectors: { } vectors } ? vectors.Width : 64; // of others no more is known
        (_perScoring, _perItemOfHistory) = model is IScoringCost network
            ? (network.MultiplyAdds.Once * Multiplied, network.MultiplyAdds.PerItem * Multiplied)
            : _isLinear ? (Items * Streamed, Items * Streamed) : (Items * width * Multiplied, width * Multiplied);
        _perSimilarities = Items * (_hasWeights ? Streamed : Streamed * width);
    }

    public int Items { get; }

    public static ModelShape Of(IRecommender model) => new(model);

    /// <summary>Scoring all items for a history.</summary>
    public double Scoring(int history) => _perScoring + (history * _perItemOfHistory);

    /// <summary>Diversity's choice of one more item.</summary>
    public double Pick(int candidates) => _perSimilarities + (3e-4 * Items) + (3e-3 * candidates);

    /// <summary>Explaining k items.</summary>
    /// <param name="history">Items of the history.</param>
    /// <param name="explained">How many of them are looked at where each is left out in turn.</param>
    /// <param name="k">Items to explain.</param>
    public double Explaining(int history, int explained, int k) => _isLinear
        ? 0.015 * k * history
        : explained * (Scoring(history) + (0.01 * history) + (0.003 * k));

    /// <summary>Histories that are scored in about two milliseconds.</summary>
    public int Together(int history) => (int)Math.Clamp(2_000 / Scoring(history), 4, 64);
}
