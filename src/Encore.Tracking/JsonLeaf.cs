using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Encore.Tracking;

/// <summary>Single values of JSON: whether one is of a type, and how both are called.</summary>
internal static class JsonLeaf
{
    private const int Longest = 60;

    /// <summary>Makes sure that a value is one of a type, and within its range.</summary>
    /// <exception cref="CheckedJson.FaultException">It is not.</exception>
    public static void Check(JsonElement element, Type type, string place)
    {
        if (!Fits(element, type))
        {
            throw new CheckedJson.FaultException(place, Shown(element), Expected(type));
        }
    }

    /// <summary>A value in a few words.</summary>
    public static string Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ when element.GetRawText() is { Length: <= Longest } text => text,
        _ => element.GetRawText()[..Longest] + "…",
    };

    /// <summary>What a value of a type is, in words.</summary>
    public static string Expected(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
        JsonTypeInfoKind.Enumerable => "a list",
        _ => Expected(Nullable.GetUnderlyingType(type.Type) ?? type.Type),
    };

    private static string Expected(Type type) =>
        type == typeof(string) ? "a text"
        : type == typeof(bool) ? "true or false"
        : type == typeof(DateTimeOffset) ? "a time from 1970 on, such as 2026-01-31T18:30:00+00:00"
        : type == typeof(ulong) ? "a whole number from 0 on, of 64 bits"
        : type == typeof(long) ? "a whole number of 64 bits"
        : type == typeof(int) ? "a whole number of 32 bits"
        : type == typeof(double) || type == typeof(float) ? "a finite number"
        : type == typeof(JsonElement) ? "an object"
        : type.IsEnum ? $"one of {string.Join(", ", type.GetEnumNames())}"
        : "a value of another kind";

    private static bool Fits(JsonElement element, Type type)
    {
        if (type.IsEnum)
        {
            return element.ValueKind == JsonValueKind.String && type.GetEnumNames().Contains(element.GetString(), StringComparer.OrdinalIgnoreCase);
        }

        return element.ValueKind switch
        {
            JsonValueKind.Object => type == typeof(JsonElement),

            // What is written where no number was come to.
            JsonValueKind.String when type == typeof(double) || type == typeof(float) => element.GetString() is "NaN" or "Infinity" or "-Infinity",
            JsonValueKind.String when type == typeof(DateTimeOffset) => element.TryGetDateTimeOffset(out var time) && time.UtcDateTime.Year is >= 1970 and < 9999,
            JsonValueKind.String => type == typeof(string),
            JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
            JsonValueKind.Number when type == typeof(double) => element.TryGetDouble(out double number) && double.IsFinite(number),
            JsonValueKind.Number when type == typeof(float) => element.TryGetSingle(out float number) && float.IsFinite(number),
            JsonValueKind.Number when type == typeof(int) => element.TryGetInt32(out _),
            JsonValueKind.Number when type == typeof(long) => element.TryGetInt64(out _),
            JsonValueKind.Number when type == typeof(ulong) => element.TryGetUInt64(out _),
            _ => false,
        };
    }
}
