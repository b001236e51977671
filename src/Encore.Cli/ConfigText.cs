using System.Globalization;
using System.Text;

namespace Encore.Cli;

/// <summary>Configuration files as text.</summary>
internal static class ConfigText
{
    /// <summary>The file that trains one model: what a command line said of data and protocol, and the model's options.</summary>
    public static string OfTraining(IReadOnlyDictionary<string, string> config, ModelEntry model, IReadOnlyDictionary<string, string> options)
    {
        var text = new StringBuilder("command = \"train\"\n");
        string table = "";
        foreach (var key in ConfigKeys.All.Where(k => config.ContainsKey(k.Key)))
        {
            string[] parts = key.Key.Split('.');
            if (parts[0] is "tune" or "output" or "evaluation" || parts[0] == "repeat")
            {
                continue;
            }

            if (parts.Length == 2 && parts[0] != table)
            {
                table = parts[0];
                text.Append(CultureInfo.InvariantCulture, $"\n[{table}]\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{parts[^1]} = {Value(key.Kind, config[key.Key])}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n[[models]]\nname = \"{model.Name}\"\n");
        foreach (var (name, value) in options)
        {
            var option = model.Options.First(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            text.Append(CultureInfo.InvariantCulture, $"{option.Name} = {Value(Kind(option), value)}\n");
        }

        return text.ToString();
    }

    private static ConfigKind Kind(ModelOption option) =>
        option.Type.StartsWith("a whole number", StringComparison.Ordinal) ? ConfigKind.Whole
        : option.Type.StartsWith("a number", StringComparison.Ordinal) ? ConfigKind.Number
        : option.Type.StartsWith("whole numbers", StringComparison.Ordinal) ? ConfigKind.Wholes
        : option.Type == "true or false" ? ConfigKind.Boolean
        : ConfigKind.Text;

    private static string Value(ConfigKind kind, string value) => kind switch
    {
        ConfigKind.Whole or ConfigKind.Boolean => value,
        ConfigKind.Number => value.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? value + ".0" : value,
        ConfigKind.Wholes => $"[{string.Join(", ", value.Split(','))}]",
        ConfigKind.Texts => $"[{string.Join(", ", value.Split(',').Select(v => Value(ConfigKind.Text, v)))}]",
        _ => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
    };
}
