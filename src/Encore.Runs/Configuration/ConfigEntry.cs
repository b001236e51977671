using System.Globalization;

namespace Encore.Runs;

/// <summary>A key of a configuration file with its value and place.</summary>
/// <param name="Path">The key's parts, such as <c>data</c> and <c>source</c>; of a model's <c>models</c> and the option.</param>
/// <param name="Model">The number of the model that it belongs to, from 0; -1: to none.</param>
/// <param name="Value">A text, a whole number, a number, true or false, or a list of such.</param>
/// <param name="Where">File and line, for errors.</param>
internal sealed record ConfigEntry(IReadOnlyList<string> Path, int Model, object Value, string Where)
{
    /// <summary>The key with its table.</summary>
    public string Key => string.Join('.', Path);

    /// <summary>The value as the command line has it.</summary>
    /// <exception cref="ArgumentException">The value is of another kind.</exception>
    public string As(ConfigKind kind) => (kind, Value) switch
    {
        (ConfigKind.Text or ConfigKind.Texts, string text) => text,
        (ConfigKind.Whole or ConfigKind.Wholes, Number { IsWhole: true } number) => number.Text,
        (ConfigKind.Number, Number number) => number.Text,
        (ConfigKind.Boolean, bool flag) => flag ? "true" : "false",
        (ConfigKind.Texts, IReadOnlyList<object> list) when list.Count > 0 && list.All(v => v is string) => string.Join(',', list),
        (ConfigKind.Wholes, IReadOnlyList<object> list) when list.Count > 0 && list.All(v => v is Number { IsWhole: true }) => string.Join(',', list.Select(v => ((Number)v).Text)),
        _ => throw new ArgumentException($"{Where}: {Key}: found {Shown(Value)}, expected {Expected(kind)}."),
    };

    /// <summary>The value of a key, of its type.</summary>
    /// <exception cref="ArgumentException">The value is of another kind.</exception>
    public object Of(ConfigKey key)
    {
        string words = key.Key == ConfigKeys.Seed && Value is string digits && digits.All(char.IsAsciiDigit) ? digits : As(key.Kind);
        try
        {
            return key.IsRepeated && Value is IReadOnlyList<object> list ? list.Cast<string>().ToArray() : key.Parse(words);
        }
        catch (RunConfigException error)
        {
            throw new ArgumentException($"{Where}: {error.Message}", error);
        }
    }

    private static string Expected(ConfigKind kind) => kind switch
    {
        ConfigKind.Whole => "a whole number",
        ConfigKind.Number => "a number",
        ConfigKind.Boolean => "true or false",
        ConfigKind.Texts => "a list of texts",
        ConfigKind.Wholes => "a whole number, or a list of them",
        _ => "a text",
    };

    private static string Shown(object value) => value switch
    {
        string text => $"the text \"{text}\"",
        bool flag => flag ? "true" : "false",
        Number number => number.Text,
        IReadOnlyList<object> list => $"[{string.Join(", ", list.Select(Shown))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "nothing",
    };

    /// <summary>A number as it was written.</summary>
    public sealed record Number(string Text, bool IsWhole);
}
