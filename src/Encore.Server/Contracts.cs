using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Encore.Experiments;
using Encore.Server.Bodies;
using Microsoft.OpenApi;

namespace Encore.Server;

/// <summary>An item of a history: an id, or an id and a value.</summary>
internal sealed record HistoryEntry
{
    private const string Entry = "an id (a text that is not empty, or a number) or an object with members of item, value";

    [Description("The item's id.")]
    public string Item { get; set; } = "";

    [Description("What it is worth, such as a rating. Default: as a liked item.")]
    public float? Value { get; set; }

    private static Members<HistoryEntry> Members { get; } = new()
    {
        { "item", Shapes.Id, (entry, item) => entry.Item = item, Shapes.AnId },
        { "value", Shapes.Single, (entry, value) => entry.Value = value },
    };

    public static Shape<HistoryEntry> Shape { get; } = new(Read, (_, _) => { });

    private static HistoryEntry Read(BodyValue value) => value.Json.ValueKind == JsonValueKind.Object
        ? Members.Read(value)
        : new HistoryEntry { Item = Shapes.IdOf(value) ?? throw value.Expected(Entry) };

    /// <summary>Describes an id, or an object; what is said of the members holds for the object alone. Generators of clients
    /// make a class of it.</summary>
    public static void Describe(OpenApiSchema schema, EncoreOptions limits)
    {
        Members.Describe(schema, limits);
        schema.Type = null;
        schema.AnyOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
            new OpenApiSchema { Type = JsonSchemaType.Number },
            new OpenApiSchema { Type = JsonSchemaType.Object },
        ];
        schema.Description = "An id (a text, or a number), or an object with item and value.";
        schema.Examples = ["260", JsonNode.Parse("""{"item": "260", "value": 5}""")!];
    }
}

// Members of bodies are set, and none is init-only: generated code drops the initialisers of those.
internal sealed record RecommendBody : IBody<RecommendBody>
{
    [Description("The items met, oldest first: ids, or objects with item and value (a rating). May be left out where user is known.")]
    public IReadOnlyList<HistoryEntry>? History { get; set; }

    [Description("The user's id: for its history, where the server has it, and for models that know their training users.")]
    public string? User { get; set; }

    [Description("What is known of the user beside the history, by attribute: a text, a number, or several of them. For models that learned from such attributes.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Attributes { get; set; }

    [Description("The model, by the name of its file. Default: the first one.")]
    public string? Model { get; set; }

    [Description("How many items to recommend.")]
    [DefaultValue(10)]
    public int K { get; set; } = 10;

    [Description("The only items that may be recommended.")]
    public IReadOnlyList<string>? Allow { get; set; }

    [Description("Items that may not be recommended.")]
    public IReadOnlyList<string>? Deny { get; set; }

    [Description("Conditions on attributes, all of which must hold: genres=Comedy|Drama, genres!=Horror.")]
    public IReadOnlyList<string>? Where { get; set; }

    [Description("Items with fewer training users are left out.")]
    [DefaultValue(0)]
    public int MinUsers { get; set; }

    [Description("How much popular items are held back: 0 not at all, 1 much.")]
    [DefaultValue(0.0)]
    public double Discount { get; set; }

    [Description("How much the list avoids items that are alike: 0 … 1.")]
    [DefaultValue(0.0)]
    public double Diversity { get; set; }

    [Description("Whether items of the history may be recommended.")]
    [DefaultValue(false)]
    public bool IncludeSeen { get; set; }

    [Description("Whether to say what each item of the history adds to the scores.")]
    [DefaultValue(false)]
    public bool Explain { get; set; }

    public static Members<RecommendBody> Members { get; } = new()
    {
        { "history", Shapes.List(HistoryEntry.Shape, "items of a history", most: limits => limits.MaximumHistory), (body, history) => body.History = history },
        { "user", Shapes.Id, (body, user) => body.User = user },
        { "attributes", Shapes.Attributes, (body, attributes) => body.Attributes = attributes },
        { "model", Shapes.Text, (body, model) => body.Model = model },
        { "k", Shapes.Integer(1, limits => limits.MaximumK), (body, k) => body.K = k },
        { "allow", Shapes.List(Shapes.Id, "ids of items"), (body, items) => body.Allow = items },
        { "deny", Shapes.List(Shapes.Id, "ids of items"), (body, items) => body.Deny = items },
        { "where", Shapes.List(Shapes.Text, "conditions"), (body, conditions) => body.Where = conditions },
        { "minUsers", Shapes.Integer(0), (body, users) => body.MinUsers = users },
        { "discount", Shapes.Number(0), (body, discount) => body.Discount = discount },
        { "diversity", Shapes.Number(0, 1), (body, diversity) => body.Diversity = diversity },
        { "includeSeen", Shapes.Flag, (body, include) => body.IncludeSeen = include },
        { "explain", Shapes.Flag, (body, explain) => body.Explain = explain },
    };
}

internal sealed record BatchBody : IBody<BatchBody>
{
    [Description("The requests; each is answered as if it had come alone.")]
    public IReadOnlyList<RecommendBody> Requests { get; set; } = [];

    public static Members<BatchBody> Members { get; } = new()
    {
        {
            "requests", Shapes.List(Shapes.Object(RecommendBody.Members), "requests", most: limits => limits.MaximumRequests),
            (body, requests) => body.Requests = requests, "an array of requests"
        },
    };
}

internal sealed record PredictBody : IBody<PredictBody>
{
    [Description("Ratings known of the user: ids, or objects with item and value.")]
    public IReadOnlyList<HistoryEntry>? History { get; set; }

    [Description("The user's id.")]
    public string? User { get; set; }

    [Description("The model, by the name of its file. Default: the first one.")]
    public string? Model { get; set; }

    [Description("The items whose ratings to predict.")]
    public IReadOnlyList<string> Items { get; set; } = [];

    public static Members<PredictBody> Members { get; } = new()
    {
        { "history", Shapes.List(HistoryEntry.Shape, "items of a history", most: limits => limits.MaximumHistory), (body, history) => body.History = history },
        { "user", Shapes.Id, (body, user) => body.User = user },
        { "model", Shapes.Text, (body, model) => body.Model = model },
        { "items", Shapes.List(Shapes.Id, "ids of items", most: limits => limits.MaximumK), (body, items) => body.Items = items, "an array of ids of items" },
    };
}

internal sealed record NewItemBody
{
    [Description("The item's id.")]
    public string Item { get; set; } = "";

    [Description("Its title.")]
    public string? Title { get; set; }

    [Description("What is known of it, by attribute: a text, a number, or several of them.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Attributes { get; set; } = new Dictionary<string, IReadOnlyList<string>>();

    public static Members<NewItemBody> Members { get; } = new()
    {
        { "item", Shapes.Id, (body, item) => body.Item = item, Shapes.AnId },
        { "title", Shapes.Text, (body, title) => body.Title = title },
        { "attributes", Shapes.Attributes, (body, attributes) => body.Attributes = attributes, "an object of attributes" },
    };
}

internal sealed record NewItemsBody : IBody<NewItemsBody>
{
    [Description("The model, by the name of its file. Default: the first one.")]
    public string? Model { get; set; }

    [Description("Items that the model does not have.")]
    public IReadOnlyList<NewItemBody> Items { get; set; } = [];

    public static Members<NewItemsBody> Members { get; } = new()
    {
        { "model", Shapes.Text, (body, model) => body.Model = model },
        { "items", Shapes.List(Shapes.Object(NewItemBody.Members), "items", least: 1), (body, items) => body.Items = items, "an array of items" },
    };
}

internal sealed record NewItemsAnswer(string Model, int Version, int Added)
{
    [Description("Items without any attribute that the model knows: they score 0 for everyone.")]
    public IReadOnlyList<string>? WithoutFeatures { get; init; }
}

internal sealed record AttributeAnswer(string Attribute, double Value);

internal sealed record ContributionAnswer(string Item, string? Title, double Value);

internal sealed record ItemAnswer(string Item, string? Title, float Score)
{
    [Description("Whether the contributions and the baseline add up to the score; otherwise each is how much the score falls without the item.")]
    public bool? Exact { get; init; }

    public double? Baseline { get; init; }

    [Description("What items of the history add to the score, the largest first. A server limits how many it lists.")]
    public IReadOnlyList<ContributionAnswer>? Because { get; init; }

    [Description("What the user's attributes add to the score, the largest first.")]
    public IReadOnlyList<AttributeAnswer>? BecauseOfUser { get; init; }

    [Description("Attributes of the item that items of the history have too, each with what those items add; they say in other words what because says.")]
    public IReadOnlyList<AttributeAnswer>? SharedAttributes { get; init; }

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
    IReadOnlyList<string> Attributes, IReadOnlyDictionary<string, string> Options, ProvenanceAnswer Provenance)
{
    [Description("Why the last load of the file failed; the model before it is still served.")]
    public string? LastLoadFailed { get; init; }
}

internal sealed record ProvenanceAnswer(
    string? Data, string? Fingerprint, string? Protocol, string? Description, ulong? Seed, float? MinimumRating, string? Encore, string? Runtime)
{
    [Description("What the model reached on the test users, by metric; null where a metric has no value.")]
    public required IReadOnlyDictionary<string, double?> Metrics { get; init; }

    /// <summary>JSON has no numbers that are not finite.</summary>
    public static ProvenanceAnswer Of(ModelProvenance of) => new(
        of.Data, of.Fingerprint, of.Protocol, of.Description, of.Seed, of.MinimumRating is { } x && float.IsFinite(x) ? x : null, of.Encore, of.Runtime)
    {
        Metrics = of.Metrics.ToDictionary(m => m.Key, m => double.IsFinite(m.Value) ? m.Value : (double?)null),
    };
}

internal sealed record ModelsAnswer(IReadOnlyList<ModelAnswer> Models);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RecommendBody))]
[JsonSerializable(typeof(BatchBody))]
[JsonSerializable(typeof(PredictBody))]
[JsonSerializable(typeof(NewItemsBody))]
[JsonSerializable(typeof(NewItemsAnswer))]
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
