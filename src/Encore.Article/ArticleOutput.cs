using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Encore.Runs;

namespace Encore.Article;

/// <summary>The article's comparison as JSON, CSV or Markdown.</summary>
public static class ArticleOutput
{
    /// <summary>What a quick run's figures are worth.</summary>
    public const string QuickWarning = "Quick: far fewer epochs than the article's, so the figures of what learns in epochs are not comparable with it.";

    /// <summary>Why the article's own figures are missing.</summary>
    public const string OtherData = "The article's printed figures are of MovieLens 1M and are left out beside other data.";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All of it, in full precision.</summary>
    public static string Json(ArticleReport report, DataDescription data)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("data", data.Spec);
            json.WriteNumber("seed", report.Seed);
            json.WriteBoolean("quick", report.Quick);
            json.WriteNumber("seconds", report.Seconds);
            json.WriteStartArray("rows");
            foreach (var row in report.Rows)
            {
                Row(json, row);
            }

            json.WriteEndArray();
            json.WriteStartArray("honest");
            foreach (var honest in report.Honest)
            {
                json.WriteRawValue(CompareOutput.Json(honest, data));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>The article's table, a line a measurement; the honest protocols have tables of their own.</summary>
    public static string Csv(ArticleReport report)
    {
        var text = new StringBuilder("model,measured,leaks,epochs,best_epoch,rmse,precision@100,recall@100,ndcg@100,seconds\n");
        foreach (var row in report.Rows)
        {
            if (row.Printed is { } printed)
            {
                Line(row.Model, "printed", "", printed);
            }

            foreach (var m in row.Measurements)
            {
                Line(row.Model, m.What, m.Leaks.ToString(), m.Figures);
            }
        }

        return text.ToString();

        void Line(string model, string what, string leaks, ArticleFigures f) => text
            .Append(CultureInfo.InvariantCulture, $"{model},\"{what}\",\"{leaks}\",{f.Epochs},{f.BestEpoch},")
            .AppendJoin(',', ((double[])[f.Rmse, f.Precision, f.Recall, f.Ndcg, f.Seconds]).Select(v => double.IsNaN(v) ? "" : Format.Exact(v)))
            .Append('\n');
    }

    /// <summary>The article's table, what differs in each row, and the tables of the honest protocols.</summary>
    public static string Markdown(ArticleReport report, DataDescription data)
    {
        var text = new StringBuilder($"Data: {data}\n\n");
        if (report.Quick)
        {
            text.Append(QuickWarning).Append("\n\n");
        }

        if (ArticleLines.IsOfOtherData(report))
        {
            text.Append(OtherData).Append("\n\n");
        }

        text.Append("| ").AppendJoin(" | ", ArticleLines.Columns).Append(" |\n|---|---|---:|---:|---:|---:|---:|---:|\n");
        foreach (string[] line in report.Rows.SelectMany(ArticleLines.Of))
        {
            text.Append("| ").AppendJoin(" | ", line).Append(" |\n");
        }

        text.Append('\n');
        foreach (var row in report.Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"- **{row.Model}**. {row.Difference} {ArticleLines.How(row)}\n");
        }

        foreach (var honest in report.Honest)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## Protocol {honest.Split.Protocol}\n\n").Append(CompareOutput.Markdown(honest, data));
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nAll of it took {Format.Seconds(report.Seconds)}, seed {report.Seed}.\n").ToString();
    }

    private static void Row(Utf8JsonWriter json, ArticleRow row)
    {
        json.WriteStartObject();
        json.WriteString("model", row.Model);
        json.WriteString("settings", row.Settings);
        json.WriteString("split", row.Split);
        json.WriteString("difference", row.Difference);
        if (row.Printed is { } printed)
        {
            json.WriteStartObject("printed");
            Figures(json, printed);
            json.WriteEndObject();
        }

        json.WriteStartArray("measurements");
        foreach (var m in row.Measurements)
        {
            json.WriteStartObject();
            json.WriteString("what", m.What);
            json.WriteString("leaks", m.Leaks.ToString());
            Figures(json, m.Figures);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Figures(Utf8JsonWriter json, ArticleFigures f)
    {
        if (f.Epochs is { } epochs)
        {
            json.WriteNumber("epochs", epochs);
        }

        if (f.BestEpoch is { } best)
        {
            json.WriteNumber("bestEpoch", best);
        }

        foreach (var (name, value) in ((string, double)[])[("rmse", f.Rmse), ("precision@100", f.Precision), ("recall@100", f.Recall), ("ndcg@100", f.Ndcg), ("seconds", f.Seconds)])
        {
            if (!double.IsNaN(value))
            {
                json.WriteNumber(name, value);
            }
        }
    }
}
