using System.Text.Json;
using Encore.Storage;

namespace Encore.Experiments;

/// <summary>Reads the JSON texts in a model file's header member by member: what is of the wrong kind is named, and null
/// is never taken for a value.</summary>
internal sealed class ModelHeader : IDisposable
{
    private readonly string _place;
    private readonly JsonDocument _json;

    private ModelHeader(string place, JsonDocument json) => (_place, _json) = (place, json);

    public void Dispose() => _json.Dispose();

    /// <summary>The model's options: an object of texts.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static Dictionary<string, string> Options(SafeTensorsFile file)
    {
        using var header = Of(file, "options");
        return header.Members().ToDictionary(m => m.Key, m => header.Text(m.Key, m.Value) ?? throw header.Wrong(m.Key, m.Value, "a text"));
    }

    /// <summary>Where the model comes from. Members that are missing or null are not known; those of later releases are
    /// passed over.</summary>
    /// <exception cref="InvalidDataException">A member is of the wrong kind.</exception>
    public static ModelProvenance Provenance(SafeTensorsFile file)
    {
        using var header = Of(file, "provenance");
        var members = header.Members();
        string? TextOf(string name) => members.TryGetValue(name, out var value) ? header.Text(name, value) : null;
        JsonElement? Given(string name) => members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        return new ModelProvenance
        {
            Data = TextOf("data"),
            Fingerprint = TextOf("fingerprint"),
            Learned = Given("learned") is { } learned ? header.Texts("learned", learned) : null,
            Protocol = TextOf("protocol"),
            Description = TextOf("description"),
            Seed = Given("seed") is not { } seed ? null
                : seed.ValueKind == JsonValueKind.Number && seed.TryGetUInt64(out ulong x) ? x : throw header.Wrong("seed", seed, "a whole number ≥ 0"),
            Metrics = Given("metrics") is { } metrics ? header.Metrics(metrics) : new Dictionary<string, double>(),
            MinimumRating = Given("minimumRating") is { } rating ? header.Finite("minimumRating", rating) : null,
            Weighting = Given("weighting") is { } weighting ? header.Weighting("weighting", weighting) : null,
            TrainingRatings = Given("trainingRatings") is { } ratings ? header.Range("trainingRatings", ratings) : null,
            Encore = TextOf("encore"),
            Runtime = TextOf("runtime"),
        };
    }

    private static ModelHeader Of(SafeTensorsFile file, string name)
    {
        string place = $"{file.Path}: the header's {name} cannot be read:";
        try
        {
            return new ModelHeader(place, JsonDocument.Parse(file.Metadata.GetValueOrDefault(name) ?? throw new InvalidDataException($"{place} found none.")));
        }
        catch (Exception error) when (error is JsonException or ArgumentException) // the latter: half a surrogate pair
        {
            throw new InvalidDataException($"{place} {error.Message}", error);
        }
    }

    private Dictionary<string, JsonElement> Members()
    {
        if (_json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{_place} found {JsonKinds.KindOf(_json.RootElement)}, expected an object.");
        }

        return Members(_json.RootElement);
    }

    private Dictionary<string, JsonElement> Members(JsonElement value)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!members.TryAdd(NameOf(member), member.Value))
            {
                throw new InvalidDataException($"{_place} {member.Name} stands in it twice.");
            }
        }

        return members;
    }

    private Dictionary<string, double> Metrics(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? Members(value).ToDictionary(m => m.Key, m => Number($"metrics.{m.Key}", m.Value))
        : throw Wrong("metrics", value, "an object of numbers");

    private string[] Texts(string name, JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select((text, i) => Text($"{name}[{i}]", text) ?? throw Wrong($"{name}[{i}]", text, "a text"))]
        : throw Wrong(name, value, "a list of texts");

    private RatingRange Range(string name, JsonElement value)
    {
        var members = value.ValueKind == JsonValueKind.Object ? Members(value) : throw Wrong(name, value, "an object with lowest and highest");
        return new RatingRange(End("lowest"), End("highest"));

        float End(string end) => members.TryGetValue(end, out var number)
            ? Finite($"{name}.{end}", number)
            : throw new InvalidDataException($"{_place} {name} has no {end}.");
    }

    private InteractionWeighting Weighting(string name, JsonElement value)
    {
        var members = value.ValueKind == JsonValueKind.Object ? Members(value) : throw Wrong(name, value, "an object");
        double? Positive(string member) => !members.TryGetValue(member, out var number) || number.ValueKind == JsonValueKind.Null ? null
            : Number($"{name}.{member}", number) is > 0 and < double.PositiveInfinity and var x ? x : throw Wrong($"{name}.{member}", number, "a number above 0");
        string? confidence = members.TryGetValue("confidence", out var text) ? Text($"{name}.confidence", text) : null;
        return new InteractionWeighting
        {
            Confidence = confidence is null ? Confidence.None
                : Enum.GetNames<Confidence>().Contains(confidence) ? Enum.Parse<Confidence>(confidence)
                : throw new InvalidDataException($"{_place} found {name}.confidence '{confidence}', expected one of {string.Join(", ", Enum.GetNames<Confidence>())}."),
            Alpha = Positive("alpha"),
            Epsilon = Positive("epsilon"),
            HalfLife = Positive("halfLife"),
        };
    }

    private float Finite(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float x) && float.IsFinite(x) ? x : throw Wrong(name, value, "a finite number");

    // As they are written: those that JSON has no number for are texts.
    private double Number(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out double x) && double.IsFinite(x) => x,
        JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
        JsonValueKind.String when value.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => double.NegativeInfinity,
        _ => throw Wrong(name, value, "a number"),
    };

    private string? Text(string name, JsonElement value)
    {
        try
        {
            return value.ValueKind is JsonValueKind.String or JsonValueKind.Null ? value.GetString() : throw Wrong(name, value, "a text");
        }
        catch (InvalidOperationException error) // half a surrogate pair, as \ud800
        {
            throw new InvalidDataException($"{_place} {name} is no text: {error.Message}", error);
        }
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{_place} a member's name is no text: {error.Message}", error);
        }
    }

    private InvalidDataException Wrong(string name, JsonElement value, string expected) =>
        new($"{_place} found {JsonKinds.KindOf(value)} for {name}, expected {expected}.");
}
