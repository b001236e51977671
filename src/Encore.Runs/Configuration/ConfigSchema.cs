using System.Text.Json.Nodes;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>The JSON schema (2020-12) of configuration files, for editors.</summary>
public static class ConfigSchema
{
    /// <summary>The schema.</summary>
    /// <param name="kinds">The kinds of run.</param>
    public static string Text(RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var root = Table([]);
        var properties = root["properties"]!.AsObject();
        properties["$schema"] = new JsonObject { ["type"] = "string" };
        properties[ConfigFile.Folder] = new JsonObject { ["type"] = "string", ["description"] = "Where relative file names inside data.query begin. Default: the folder of the file" };
        properties[ConfigFile.Command] = new JsonObject { ["description"] = "What encore run does", ["enum"] = new JsonArray([.. kinds.Names.Select(c => JsonValue.Create(c))]) };
        foreach (var key in kinds.Keys)
        {
            string[] parts = key.Key.Split('.');
            var at = properties;
            if (parts.Length == 2)
            {
                if (!properties.ContainsKey(parts[0]))
                {
                    properties[parts[0]] = Table([]);
                }

                at = properties[parts[0]]!["properties"]!.AsObject();
            }

            at[parts[^1]] = Value(key.Kind, key.Description);
        }

        properties["tune"]!["properties"]!["space"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "Options to search, each with a range such as log:1..1000, or words with | between",
            ["additionalProperties"] = new JsonObject { ["type"] = "string" },
        };
        properties[ConfigFile.Models] = new JsonObject
        {
            ["type"] = "array",
            ["description"] = "The models with their options; train and tune take one",
            ["items"] = new JsonObject { ["oneOf"] = new JsonArray([.. kinds.Registry.Models.All.Select(Model)]) },
        };
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "A run of Encore";
        root["required"] = new JsonArray(ConfigFile.Command);
        return root.ToJsonString(ConfigText.Readable);
    }

    private static JsonObject Table(JsonObject properties) => new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };

    private static JsonNode Model(ModelEntry model)
    {
        var properties = new JsonObject { [ConfigFile.Name] = new JsonObject { ["const"] = model.Name, ["description"] = $"{model.Title} ({model.Reference})" } };
        properties[ConfigFile.Label] = new JsonObject { ["type"] = "string", ["description"] = "What tables call it. Default: its name; of a model that comes several times, its name and options" };
        foreach (var option in model.Options)
        {
            properties[option.Name] = Value(ConfigText.KindOf(option), $"{option.Description} ({option.Type}). Default {option.Default}");
        }

        var table = Table(properties);
        table["required"] = new JsonArray(ConfigFile.Name);
        return table;
    }

    private static JsonObject Value(ConfigKind kind, string? description)
    {
        var value = kind switch
        {
            ConfigKind.Whole => new JsonObject { ["type"] = "integer" },
            ConfigKind.Number => new JsonObject { ["type"] = "number" },
            ConfigKind.Boolean => new JsonObject { ["type"] = "boolean" },
            ConfigKind.Texts => Several("string"),
            ConfigKind.Wholes => Several("integer"),
            _ => new JsonObject { ["type"] = "string" },
        };
        if (description is not null)
        {
            value["description"] = description;
        }

        return value;

        static JsonObject Several(string type) => new()
        {
            ["oneOf"] = new JsonArray(
                new JsonObject { ["type"] = type },
                new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = type }, ["minItems"] = 1 }),
        };
    }
}
