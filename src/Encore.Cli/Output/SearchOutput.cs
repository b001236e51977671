using System.Text.Encodings.Web;
using System.Text.Json;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>Items that were found by the words of their titles.</summary>
internal static class SearchOutput
{
    public static void Write(ItemTable items, IReadOnlyList<int> found, RecommendFormat format, Terminal terminal)
    {
        if (format == RecommendFormat.Json)
        {
            Json(items, found, terminal.Output);
            return;
        }

        var table = new Table().AddColumns("item", "title").AddColumn(new TableColumn("training users").RightAligned());
        foreach (int item in found)
        {
            table.AddRow(Markup.Escape(items.Ids[item]), Markup.Escape(items.Title(item) ?? ""), Format.Count(items.Users[item]));
        }

        terminal.Write(table);
    }

    private static void Json(ItemTable items, IReadOnlyList<int> found, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("items");
            foreach (int item in found)
            {
                json.WriteStartObject();
                json.WriteString("item", items.Ids[item]);
                if (items.Title(item) is { } title)
                {
                    json.WriteString("title", title);
                }

                json.WriteNumber("users", items.Users[item]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
