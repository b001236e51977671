using System.Text.Json;

namespace Encore.Runs;

/// <summary>JSON of the commands of <c>runs</c>.</summary>
internal static class RunsJson
{
    public static string Text(Action<Utf8JsonWriter> inside)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            inside(json);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
