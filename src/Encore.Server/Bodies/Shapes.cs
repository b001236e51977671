using System.Globalization;
using System.Text.Json;
using Microsoft.OpenApi;

namespace Encore.Server.Bodies;

/// <summary>The shapes that bodies are made of.</summary>
internal static class Shapes
{
    public const string AnId = "an id: a text that is not empty, or a number, which is the text that it is written as";

    /// <summary>An id. Numbers are ids as they are written: <c>1e3</c> is the id 1e3. The document only says so in words:
    /// of "text or integer" NSwag makes an int, and a client that can send no text is of no use.</summary>
    public static Shape<string> Id { get; } = new(
        value => IdOf(value) ?? throw value.Expected(AnId),
        (schema, _) => (schema.Type, schema.MinLength, schema.Description) = (JsonSchemaType.String, 1, Noted(schema.Description)));

    public static Shape<string> Text { get; } = new(
        value => value.Text() ?? throw value.Expected("a text"),
        (schema, _) => schema.Type = JsonSchemaType.String);

    public static Shape<bool> Flag { get; } = new(
        value => value.Json.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.Json.GetBoolean() : throw value.Expected("true or false"),
        (schema, _) => schema.Type = JsonSchemaType.Boolean);

    /// <summary>Values by attribute: a text, a number, true or false, or an array of them.</summary>
    public static Shape<IReadOnlyDictionary<string, IReadOnlyList<string>>> Attributes { get; } = new(
        ReadAttributes,
        (schema, _) =>
        {
            schema.Type = JsonSchemaType.Object;
            schema.AdditionalPropertiesAllowed = true;
            schema.AdditionalProperties = new OpenApiSchema { Description = "A text, a number, true or false, or an array of them." };
        });

    /// <summary>A number that a 32-bit float can hold.</summary>
    public static Shape<float> Single { get; } = new(
        value => value.Json.ValueKind == JsonValueKind.Number && value.Json.TryGetSingle(out float x) && float.IsFinite(x)
            ? x : throw value.Expected("a number that 32 bits can hold"),
        (schema, _) => (schema.Type, schema.Format) = (JsonSchemaType.Number, "float"));

    /// <summary>An integer, however it is written: 10, 10.0 and 1e1 are the same.</summary>
    public static Shape<int> Integer(int least, Func<EncoreOptions, int>? most = null) => new(
        value => value.Json.ValueKind == JsonValueKind.Number && value.Json.TryGetDecimal(out decimal x) && x == decimal.Truncate(x)
            && x >= least && x <= (most?.Invoke(value.Limits) ?? int.MaxValue)
                ? (int)x : throw value.Expected(Range(least, most?.Invoke(value.Limits))),
        (schema, limits) =>
        {
            (schema.Type, schema.Format) = (JsonSchemaType.Integer, "int32");
            (schema.Minimum, schema.Maximum) = (Written(least), most is null ? null : Written(most(limits)));
            schema.Default = schema.Default is { } given && given.GetValue<int>() > most?.Invoke(limits) ? most(limits) : schema.Default;
        });

    public static Shape<double> Number(double least, double? most = null) => new(
        value => value.Json.ValueKind == JsonValueKind.Number && value.Json.TryGetDouble(out double x) && double.IsFinite(x)
            && x >= least && !(x > most)
                ? x : throw value.Expected(most is null ? FormattableString.Invariant($"a number of {least} or more") : FormattableString.Invariant($"a number in {least} … {most}")),
        (schema, _) =>
        {
            (schema.Type, schema.Format) = (JsonSchemaType.Number, "double");
            (schema.Minimum, schema.Maximum) = (Written(least), most is { } x ? Written(x) : null);
        });

    /// <summary>An array. Its length is checked before anything of it is read.</summary>
    public static Shape<IReadOnlyList<T>> List<T>(Shape<T> of, string what, int least = 0, Func<EncoreOptions, int>? most = null) => new(
        value => ReadList(value, of, what, least, most?.Invoke(value.Limits)),
        (schema, limits) =>
        {
            (schema.Type, schema.MinItems, schema.MaxItems) = (JsonSchemaType.Array, least > 0 ? least : null, most?.Invoke(limits));
            if (schema.Items is OpenApiSchema items)
            {
                of.Describe(items, limits);
            }
        });

    /// <summary>An object; the document describes each type once, where it meets it.</summary>
    public static Shape<T> Object<T>(Members<T> members)
        where T : class, new() => new(members.Read, (_, _) => { });

    /// <summary>The range of a count, in words.</summary>
    public static string Range(int least, int? most) => most is null
        ? FormattableString.Invariant($"an integer of {least} or more")
        : FormattableString.Invariant($"an integer in {least} … {most}");

    /// <summary>The value as an id; null where it is none.</summary>
    public static string? IdOf(BodyValue value) => value.Json.ValueKind == JsonValueKind.Number
        ? value.Json.GetRawText()
        : value.Text() is { Length: > 0 } text ? text : null;

    private static Dictionary<string, IReadOnlyList<string>> ReadAttributes(BodyValue value)
    {
        if (value.Json.ValueKind != JsonValueKind.Object)
        {
            throw value.Expected("an object of attributes, such as {\"age\": 25}");
        }

        var attributes = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in value.Json.EnumerateObject())
        {
            var one = value.Member(property.Name, property.Value);
            string[] values = one.Json.ValueKind == JsonValueKind.Array
                ? [.. one.Json.EnumerateArray().Select((element, i) => Cell(one.At(i, element)))]
                : one.Json.ValueKind == JsonValueKind.Null ? [] : [Cell(one)];
            if (!attributes.TryAdd(property.Name, values))
            {
                throw one.Wrong("found twice, expected once.");
            }
        }

        return attributes;

        static string Cell(BodyValue one) => one.Json.ValueKind switch
        {
            JsonValueKind.Number => one.Json.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => one.Text() ?? throw one.Expected("a text, a number, true or false, or an array of them"),
        };
    }

    private static T[] ReadList<T>(BodyValue value, Shape<T> of, string what, int least, int? most)
    {
        if (value.Json.ValueKind != JsonValueKind.Array)
        {
            throw value.Expected($"an array of {what}");
        }

        int length = value.Json.GetArrayLength();
        if (length < least || length > most)
        {
            throw value.Wrong(FormattableString.Invariant($"found {length} {what}, expected {(length < least ? $"at least {least}" : $"at most {most}")}."));
        }

        int next = 0;
        var list = new T[length];
        foreach (var element in value.Json.EnumerateArray())
        {
            list[next] = of.Read(value.At(next, element));
            next++;
        }

        return list;
    }

    private static string Noted(string? description)
    {
        const string Note = "A number is taken as the id that it is written as.";
        return description is null ? Note : description.EndsWith(Note, StringComparison.Ordinal) ? description : $"{description} {Note}";
    }

    private static string Written(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
