using System.Text.Json.Serialization;
using Encore.Tracking;

namespace Encore.Article;

/// <summary>How the row of a run is kept in its file, as releases before wrote it.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ArticleRow))]
internal sealed partial class ArticleJson : JsonSerializerContext
{
    /// <summary>Reads what the context wrote.</summary>
    public static CheckedJson Files { get; } = new(
        new EpochReport { Epoch = 0, Epochs = 0, Loss = 0, LearningRate = 0, TrainSeconds = 0, RowsPerSecond = 0 },
        new ArticleFigures());
}
