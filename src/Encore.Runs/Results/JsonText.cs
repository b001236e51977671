using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Encore.Metrics;

namespace Encore.Runs;

/// <summary>JSON for people and programs: indented, letters of all languages as they are.</summary>
public static class JsonText
{
    /// <summary>An object.</summary>
    /// <param name="inside">Writes its members.</param>
    public static string Of(Action<Utf8JsonWriter> inside)
    {
        ArgumentNullException.ThrowIfNull(inside);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            inside(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>A number, or null in place of NaN and ∞, which JSON does not have.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A list of texts.</summary>
    internal static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>Figures by name, each with mean and standard error.</summary>
    internal static void WriteFigures(this Utf8JsonWriter json, string name, IReadOnlyDictionary<string, MetricValue> figures)
    {
        json.WriteStartObject(name);
        foreach (var (metric, (mean, error)) in figures)
        {
            json.WriteStartObject(metric);
            json.WriteFinite("mean", mean);
            json.WriteFinite("stderr", error);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
