using System.Text.Json;

namespace Encore.Storage;

/// <summary>JSON values in the words of an error.</summary>
internal static class JsonKinds
{
    /// <summary>What a JSON value is, for messages.</summary>
    public static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Number => $"the number {Short(value.GetRawText())}",
        JsonValueKind.String => $"the text {Short(value.GetRawText())}",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };

    public static string Short(string text) => text.Length <= 40 ? text : text[..39] + "…";
}
