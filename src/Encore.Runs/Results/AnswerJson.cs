using System.Text.Json;
using Encore.Data;
using Encore.Experiments;
using Encore.Recommending;

namespace Encore.Runs;

/// <summary>Answers of a model, and what a log holds, as JSON.</summary>
public static class AnswerJson
{
    /// <summary>Recommendations for one history.</summary>
    public static string Of(ModelFile file, IReadOnlyList<HistoryItem> history, Recommendations answer)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(answer);
        return JsonText.Of(json =>
        {
            json.WriteString("model", file.Title);
            json.WriteTexts("history", history.Select(h => h.Item));
            json.WriteTexts("unknownItems", answer.UnknownItems);
            Circumstances(json, answer);
            json.WriteStartArray("items");
            foreach (var r in answer)
            {
                Item(json, r);
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Ratings that were predicted; null for items that the model does not know.</summary>
    public static string Of(ModelFile file, IReadOnlyList<string> items, PredictedRatings ratings)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(ratings);
        return JsonText.Of(json =>
        {
            json.WriteString("model", file.Title);
            if (ratings.Note is not null)
            {
                json.WriteString("note", ratings.Note);
            }

            json.WriteStartObject("ratings");
            for (int k = 0; k < items.Count; k++)
            {
                if (ratings[k] is { } rating)
                {
                    json.WriteNumber(items[k], rating);
                }
                else
                {
                    json.WriteNull(items[k]);
                }
            }

            json.WriteEndObject();
        });
    }

    /// <summary>Items that a search found.</summary>
    public static string Of(ItemTable items, IReadOnlyList<int> found)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(found);
        return JsonText.Of(json =>
        {
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
        });
    }

    /// <summary>What a log holds.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="summary">Its figures.</param>
    /// <param name="reading">How it was understood; null: it was not read from a file.</param>
    /// <param name="side">What is known of its items and users; null: nothing.</param>
    public static string Of(string name, DatasetSummary summary, LogReading? reading, SideInformation? side = null)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return JsonText.Of(json =>
        {
            json.WriteString("data", name);
            Numbers(json, summary);
            json.WriteStartArray("ratings");
            foreach (var (from, count) in summary.Ratings)
            {
                json.WriteStartObject();
                json.WriteNumber(summary.RatingsAreBinned ? "from" : "rating", from);
                json.WriteNumber("count", count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Columns(json, reading);
            Features(json, "itemFeatures", side?.Items);
            Features(json, "userFeatures", side?.Users);
        });
    }

    private static void Features(Utf8JsonWriter json, string name, MatchedFeatures? matched)
    {
        json.WriteStartArray(name);
        foreach (var file in matched?.Files ?? [])
        {
            json.WriteStartObject();
            json.WriteString("file", file.File.Name);
            json.WriteNumber("rows", file.File.Table.Ids.Count);
            json.WriteNumber("ids", file.Ids);
            json.WriteNumber("matched", file.Matched);
            json.WriteNumber("features", file.Features);
            json.WriteStartArray("columns");
            foreach (var column in file.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("kind", column.Kind?.ToString().ToLowerInvariant());
                json.WriteNumber("coverage", column.Coverage);
                json.WriteNumber("features", column.Features);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Columns(Utf8JsonWriter json, LogReading? reading)
    {
        json.WriteStartArray("columns");
        foreach (var column in reading?.Columns ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteNumber("position", column.Position);
            json.WriteString("role", column.Role == ColumnRole.None ? null : column.Role.ToString().ToLowerInvariant());
            json.WriteTexts("values", column.Samples);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, DatasetSummary summary)
    {
        json.WriteNumber("users", summary.Users);
        json.WriteNumber("items", summary.Items);
        json.WriteNumber("interactions", summary.Interactions);
        json.WriteNumber("rowsRead", summary.RowsRead);
        json.WriteNumber("duplicates", summary.Duplicates);
        json.WriteNumber("density", summary.Density);
        if (summary.First is { } first && summary.Last is { } last)
        {
            json.WriteString("first", first);
            json.WriteString("last", last);
        }

        Degrees(json, "perUser", summary.PerUser);
        Degrees(json, "perItem", summary.PerItem);
        if (!double.IsNaN(summary.MeanRating))
        {
            json.WriteNumber("meanRating", summary.MeanRating);
        }

        if (!double.IsNaN(summary.MeanCount))
        {
            json.WriteNumber("meanCount", summary.MeanCount);
        }
    }

    private static void Degrees(Utf8JsonWriter json, string name, DegreeQuantiles degrees)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", degrees.Minimum);
        json.WriteNumber("q25", degrees.Q25);
        json.WriteNumber("median", degrees.Median);
        json.WriteNumber("q75", degrees.Q75);
        json.WriteNumber("q95", degrees.Q95);
        json.WriteNumber("max", degrees.Maximum);
        json.WriteNumber("mean", degrees.Mean);
        json.WriteEndObject();
    }

    private static void Circumstances(Utf8JsonWriter json, Recommendations answer)
    {
        if (answer.DislikedItems.Count > 0)
        {
            json.WriteTexts("dislikedItems", answer.DislikedItems);
        }

        if (answer.Fallback != Fallback.None)
        {
            json.WriteString("fallback", JsonNamingPolicy.CamelCase.ConvertName(answer.Fallback.ToString()));
        }

        if (answer.Note is not null)
        {
            json.WriteString("note", answer.Note);
        }
    }

    private static void Item(Utf8JsonWriter json, Recommendation r)
    {
        json.WriteStartObject();
        json.WriteString("item", r.Item);
        if (r.Title is not null)
        {
            json.WriteString("title", r.Title);
        }

        json.WriteNumber("score", r.Score);
        if (r.Explanation is { } explanation)
        {
            json.WriteBoolean("exact", explanation.IsExact);
            json.WriteNumber("baseline", explanation.Baseline);
            json.WriteStartObject("because");
            foreach (var contribution in explanation.Contributions)
            {
                json.WriteNumber(contribution.Item, contribution.Value);
            }

            json.WriteEndObject();
            Attributes(json, "becauseOfUser", explanation.UserAttributes);
            Attributes(json, "sharedAttributes", explanation.SharedAttributes);
        }

        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, string name, IReadOnlyList<AttributeContribution> attributes)
    {
        if (attributes.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var attribute in attributes)
        {
            json.WriteNumber(attribute.Name, attribute.Value);
        }

        json.WriteEndObject();
    }
}
