using System.Globalization;
using System.Text;
using System.Text.Json;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Encore.Runs;

/// <summary>Reads the keys of a configuration file: TOML, or JSON where the file's name ends so.</summary>
internal static class ConfigReader
{
    private const string Models = "models";

    /// <summary>The file's keys, in its order.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is no TOML or JSON; the message says where.</exception>
    public static IReadOnlyList<ConfigEntry> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"Found no configuration file {path}. Write one: encore config init {path}", path);
        }

        byte[] bytes = File.ReadAllBytes(path);
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? new Json(path, bytes).Read() : Toml(path, Encoding.UTF8.GetString(bytes));
    }

    /// <summary>The keys of a configuration in JSON that is no file of its own.</summary>
    /// <param name="where">What to call it in errors.</param>
    /// <param name="json">The JSON, UTF-8.</param>
    public static IReadOnlyList<ConfigEntry> ReadJson(string where, byte[] json) => new Json(where, json).Read();

    private static List<ConfigEntry> Toml(string path, string text)
    {
        var document = SyntaxParser.Parse(text, path, validate: true);
        if (document.HasErrors)
        {
            var first = document.Diagnostics.First(d => d.Kind == DiagnosticMessageKind.Error);
            throw new FormatException($"{path}:{first.Span.Start.Line + 1}: {first.Message}");
        }

        var entries = new List<ConfigEntry>();
        int model = -1;
        Add([], document.KeyValues, -1);
        foreach (var table in document.Tables)
        {
            string[] name = [.. Parts(table.Name!)];
            if (table is TableArraySyntax)
            {
                if (name is not [Models])
                {
                    throw new ArgumentException($"{At(table)}: found [[{string.Join('.', name)}]], expected [[{Models}]]: only models are a list.");
                }

                model++;
                Add(name, table.Items, model);
            }
            else if (name is [Models, ..])
            {
                throw new ArgumentException($"{At(table)}: found [{string.Join('.', name)}], expected [[{Models}]] with the model's name in it.");
            }
            else
            {
                Add(name, table.Items, -1);
            }
        }

        return entries;

        string At(SyntaxNode node) => $"{path}:{node.Span.Start.Line + 1}";

        void Add(string[] prefix, IEnumerable<KeyValueSyntax> pairs, int of)
        {
            foreach (var pair in pairs)
            {
                string[] key = [.. prefix, .. Parts(pair.Key!)];
                if (pair.Value is InlineTableSyntax inline)
                {
                    Add(key, inline.Items.Select(i => i.KeyValue!), of);
                }
                else if (key is [Models] && pair.Value is ArraySyntax list)
                {
                    foreach (var item in list.Items)
                    {
                        model++;
                        Add(key, item.Value is InlineTableSyntax table ? table.Items.Select(i => i.KeyValue!)
                            : throw new ArgumentException($"{At(pair)}: {Models}: expected tables, each with a name and the options of a model."), model);
                    }
                }
                else
                {
                    entries.Add(new ConfigEntry(key, of, Value(pair.Value!, At(pair)), At(pair)));
                }
            }
        }
    }

    private static IEnumerable<string> Parts(KeySyntax key)
    {
        yield return Part(key.Key!);
        foreach (var more in key.DotKeys)
        {
            yield return Part(more.Key!);
        }
    }

    private static string Part(BareKeyOrStringValueSyntax part) => part is StringValueSyntax quoted ? quoted.Value ?? "" : ((BareKeySyntax)part).Key!.Text ?? "";

    private static object Value(ValueSyntax value, string where) => value switch
    {
        StringValueSyntax text => text.Value ?? "",
        IntegerValueSyntax whole => new ConfigEntry.Number(whole.Value.ToString(CultureInfo.InvariantCulture), true),
        FloatValueSyntax number => new ConfigEntry.Number(number.Token?.Text?.Replace("_", "", StringComparison.Ordinal) ?? "", false),
        BooleanValueSyntax flag => flag.Value,
        ArraySyntax list => list.Items.Select(i => Value(i.Value!, where)).ToArray(),
        _ => throw new ArgumentException($"{where}: found {value.ToString()?.Trim()}, expected a text, a number, true or false, or a list of such."),
    };

    // By hand: a document made at once would not know its lines.
    private sealed class Json(string path, byte[] bytes)
    {
        private readonly List<ConfigEntry> _entries = [];
        private int _model = -1;

        public List<ConfigEntry> Read()
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            try
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                {
                    throw new FormatException($"{path}:1: expected an object.");
                }

                Object(ref reader, [], -1);
                return _entries;
            }
            catch (JsonException error)
            {
                throw new FormatException($"{path}:{(error.LineNumber ?? 0) + 1}: {error.Message.Split(" LineNumber:")[0]}", error);
            }
        }

        private void Object(ref Utf8JsonReader reader, string[] prefix, int model)
        {
            var seen = new HashSet<string>();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string where = $"{path}:{1 + bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n')}";
                string name = reader.GetString()!;
                string[] key = [.. prefix, name];
                if (!seen.Add(name))
                {
                    throw new FormatException($"{where}: found {name} twice, expected it once.");
                }

                reader.Read();
                if (key is ["$schema"])
                {
                    reader.Skip();
                }
                else if (reader.TokenType == JsonTokenType.StartObject)
                {
                    Object(ref reader, key, model);
                }
                else if (key is [Models] && reader.TokenType == JsonTokenType.StartArray)
                {
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        _model++;
                        if (reader.TokenType != JsonTokenType.StartObject)
                        {
                            throw new ArgumentException($"{where}: {Models}: expected objects, each with a name and the options of a model.");
                        }

                        Object(ref reader, key, _model);
                    }
                }
                else
                {
                    _entries.Add(new ConfigEntry(key, model, Value(ref reader, where, name), where));
                }
            }
        }

        private static object Value(ref Utf8JsonReader reader, string where, string name)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    return reader.GetString()!;
                case JsonTokenType.True or JsonTokenType.False:
                    return reader.GetBoolean();
                case JsonTokenType.Number:
                    string text = Encoding.UTF8.GetString(reader.ValueSpan);
                    return new ConfigEntry.Number(text, text.AsSpan().IndexOfAny('.', 'e', 'E') < 0);
                case JsonTokenType.StartArray:
                    var list = new List<object>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        list.Add(Value(ref reader, where, name));
                    }

                    return list;
                default:
                    throw new ArgumentException($"{where}: {name}: found {reader.TokenType}, expected a text, a number, true or false, or a list of such.");
            }
        }
    }
}
