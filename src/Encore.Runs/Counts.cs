using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Logs of counts beside model files.</summary>
internal static class Counts
{
    /// <summary>The count from which on an interaction counts for a model; null: every count above 0. The threshold of a
    /// model that learned from ratings is one of stars and says nothing about counts.</summary>
    public static float? LeastCount(this ModelFile file) => file.TrainingRatings is null ? file.Provenance.MinimumRating : null;
}
