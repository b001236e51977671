using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Encore.Server;

/// <summary>An item of a history: an id, or an id and a value.</summary>
[JsonConverter(typeof(HistoryEntryConverter))]
internal sealed record HistoryEntry(string Item, float? Value);

internal sealed record RecommendBody
{
    [Description("The items met, oldest first: ids, or objects with item and value (a rating). May be left out where user is known.")]
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    [Description("The user's id: for its history, where the server has it, and for models that know their training users.")]
    public string? User { get; init; }

    [Description("The model, by the name of its file. Default: the first one.")]
    public string? Model { get; init; }

    [Description("How many items to recommend.")]
    [DefaultValue(10)]
    public int K { get; init; } = 10;

    [Description("The only items that may be recommended.")]
    public IReadOnlyList<string>? Allow { get; init; }

    [Description("Items that may not be recommended.")]
    public IReadOnlyList<string>? Deny { get; init; }

    [Description("Conditions on attributes, all of which must hold: genres=Comedy|Drama, genres!=Horror.")]
    public IReadOnlyList<string>? Where { get; init; }

    [Description("Items with fewer training users are left out.")]
    public int MinUsers { get; init; }

    [Description("How much popular items are held back: 0 not at all, 1 much.")]
    public double Discount { get; init; }

    [Description("How much the list avoids items that are alike: 0 … 1.")]
    public double Diversity { get; init; }

    [Description("Whether items of the history may be recommended.")]
    public bool IncludeSeen { get; init; }

    [Description("Whether to say what each item of the history adds to the scores.")]
    public bool Explain { get; init; }
}

internal sealed record BatchBody
{
    [Description("The requests; each is answered as if it had come alone.")]
    public required IReadOnlyList<RecommendBody> Requests { get; init; }
}

internal sealed record PredictBody
{
    [Description("Ratings known of the user: ids, or objects with item and value.")]
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    [Description("The user's id.")]
    public string? User { get; init; }

    [Description("The model, by the name of its file. Default: the first one.")]
    public string? Model { get; init; }

    [Description("The items whose ratings to predict.")]
    public required IReadOnlyList<string> Items { get; init; }
}

internal sealed record ContributionAnswer(string Item, string? Title, double Value);

internal sealed record ItemAnswer(string Item, string? Title, float Score)
{
    [Description("Whether the contributions and the baseline add up to the score; otherwise each is how much the score falls without the item.")]
    public bool? Exact { get; init; }

    public double? Baseline { get; init; }

    [Description("What items of the history add to the score, the largest first. A server limits how many it lists.")]
    public IReadOnlyList<ContributionAnswer>? Because { get; init; }

    [Description("How many items of the history are not listed; left out where all are.")]
    public int? OmittedItems { get; init; }

    [Description("What the items that are not listed add to the score, where contributions are exact.")]
    public double? OmittedValue { get; init; }
}

internal sealed record RecommendAnswer(string Model, int Version, IReadOnlyList<ItemAnswer> Items)
{
    [Description("Items of the history that the model does not know; it answered as if they were not there.")]
    public IReadOnlyList<string>? UnknownItems { get; init; }

    [Description("Items of the history rated below the model's threshold: the scores do not come from them, and they are left out like all that was seen.")]
    public IReadOnlyList<string>? DislikedItems { get; init; }

    [Description("What stood in for the model because it gives all items the same score for this history: popularity (scores are numbers of training users), or itemOrder where these are not known. Absent: nothing.")]
    public string? Fallback { get; init; }

    [Description("What somebody should know who reads the list: that it is a fallback, that the model does not know the user, why it is empty.")]
    public string? Note { get; init; }
}

internal sealed record BatchAnswer(IReadOnlyList<RecommendAnswer> Answers);

internal sealed record RatingAnswer(string Item, string? Title, float? Rating);

internal sealed record PredictAnswer(string Model, int Version, IReadOnlyList<RatingAnswer> Ratings)
{
    [Description("Items of the history that the model does not know; it predicted as if they were not there.")]
    public IReadOnlyList<string>? UnknownItems { get; init; }

    [Description("What the predictions come from, where that is not the history.")]
    public string? Note { get; init; }
}

internal sealed record FoundItem(string Item, string? Title, int Users, IReadOnlyDictionary<string, IReadOnlyList<string>> Attributes);

internal sealed record ItemsAnswer(IReadOnlyList<FoundItem> Items);

internal sealed record ModelAnswer(
    string Name, int Version, string Title, string Kind, int Items, bool Ranks, bool PredictsRatings, bool FindsSimilar, string Digest,
    IReadOnlyList<string> Attributes, IReadOnlyDictionary<string, string> Options, ModelProvenance Provenance)
{
    [Description("Why the last load of the file failed; the model before it is still served.")]
    public string? LastLoadFailed { get; init; }
}

internal sealed record ModelsAnswer(IReadOnlyList<ModelAnswer> Models);

/// <summary>Reads <c>"260"</c>, <c>260</c> or <c>{"item": "260", "value": 5}</c>.</summary>
internal sealed class HistoryEntryConverter : JsonConverter<HistoryEntry>
{
    public override HistoryEntry Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new HistoryEntry(Id(ref reader), null);
        }

        string? item = null;
        float? value = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name.Equals("item", StringComparison.OrdinalIgnoreCase))
            {
                item = Id(ref reader);
            }
            else if (name.Equals("value", StringComparison.OrdinalIgnoreCase))
            {
                value = reader.TokenType == JsonTokenType.Null ? null : reader.GetSingle();
            }
            else
            {
                throw new JsonException($"found '{name}' in an item of a history, expected item and value");
            }
        }

        return new HistoryEntry(item ?? throw new JsonException("found an item of a history without 'item'"), value);
    }

    public override void Write(Utf8JsonWriter writer, HistoryEntry value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("item", value.Item);
        if (value.Value is { } x)
        {
            writer.WriteNumber("value", x);
        }

        writer.WriteEndObject();
    }

    // An id that is a number is the text that it is written as.
    private static string Id(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.HasValueSequence ? System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence) : reader.ValueSpan),
        _ => throw new JsonException($"found {reader.TokenType} in a history, expected an id or an object with item and value"),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RecommendBody))]
[JsonSerializable(typeof(BatchBody))]
[JsonSerializable(typeof(PredictBody))]
[JsonSerializable(typeof(RecommendAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(PredictAnswer))]
[JsonSerializable(typeof(ItemsAnswer))]
[JsonSerializable(typeof(ModelsAnswer))]
[JsonSerializable(typeof(ModelAnswer))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class ServerJson : JsonSerializerContext;
