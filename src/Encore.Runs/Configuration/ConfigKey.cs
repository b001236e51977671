using System.Collections.ObjectModel;
using System.Globalization;

namespace Encore.Runs;

/// <summary>What a key's value looks like.</summary>
public enum ConfigKind
{
    /// <summary>A text: <see cref="string"/>.</summary>
    Text,

    /// <summary>A whole number: <see cref="int"/>, of the seed <see cref="ulong"/>.</summary>
    Whole,

    /// <summary>A number: <see cref="double"/>.</summary>
    Number,

    /// <summary>True or false: <see cref="bool"/>.</summary>
    Boolean,

    /// <summary>Texts, which a command line has with commas between: <see cref="IReadOnlyList{T}"/> of
    /// <see cref="string"/>.</summary>
    Texts,

    /// <summary>Whole numbers, which a command line has with commas between: <see cref="IReadOnlyList{T}"/> of
    /// <see cref="int"/>.</summary>
    Wholes,
}

/// <summary>A key of a configuration: its name in files, its option on the command line, and its place in
/// <see cref="RunConfig"/>.</summary>
/// <param name="Key">The key with its table, such as <c>data.source</c>.</param>
/// <param name="Option">The option that says the same, such as <c>--data</c>.</param>
/// <param name="Kind">What its value looks like.</param>
/// <param name="Description">What it says, in a sentence.</param>
/// <param name="Get">Its value in a configuration, of the type that <paramref name="Kind"/> names; null where nothing is
/// said.</param>
/// <param name="Set">A configuration with another value of that type.</param>
public sealed record ConfigKey(
    string Key, string Option, ConfigKind Kind, string Description, Func<RunConfig, object?> Get, Func<RunConfig, object, RunConfig> Set)
{
    /// <summary>The kinds of run for which it has a meaning.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>What a value is called in help, such as <c>FILE</c>.</summary>
    public string ValueName { get; init; } = Kind switch { ConfigKind.Whole => "N", ConfigKind.Number => "NUMBER", ConfigKind.Boolean => "BOOL", ConfigKind.Text => "TEXT", _ => "LIST" };

    /// <summary>Its short option, such as <c>-d</c>; null: none.</summary>
    public string? Alias { get; init; }

    /// <summary>A value as a file has it, for the file that <c>encore config init</c> writes.</summary>
    public string Example { get; init; } = Kind switch { ConfigKind.Whole => "5", ConfigKind.Number => "4.0", ConfigKind.Boolean => "true", ConfigKind.Wholes => "[10, 100]", ConfigKind.Texts => "[\"…\"]", _ => "\"…\"" };

    /// <summary>Whether its value is a file or folder; <c>data.source</c> may also be a name.</summary>
    public bool IsPath { get; init; }

    /// <summary>Whether the option alone means true.</summary>
    public bool IsFlag { get; init; }

    /// <summary>Whether the option takes one text and may be repeated, rather than a list with commas.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>The keys that another layer's value of this one replaces: sources of data exclude each other.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>Whether it decides what comes out of the run, rather than where that is written.</summary>
    public bool Decides { get; init; } = true;

    /// <summary>Descriptions for kinds of run where it means something else, by kind.</summary>
    public IReadOnlyDictionary<string, string> Descriptions { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The last part of the key.</summary>
    public string Name => Key[(Key.LastIndexOf('.') + 1)..];

    /// <summary>Its table; empty for keys at the top.</summary>
    public string Table => Key.LastIndexOf('.') is > 0 and var dot ? Key[..dot] : "";

    /// <summary>Whether it has a meaning for a kind of run.</summary>
    public bool IsFor(string kind) => Kinds.Contains(kind);

    /// <summary>What it says for a kind of run.</summary>
    public string DescriptionFor(string kind) => Descriptions.TryGetValue(kind, out string? text) ? text : Description;

    /// <summary>A value as a command line has it.</summary>
    public static string Words(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        IEnumerable<string> texts => string.Join(',', texts),
        IEnumerable<int> wholes => string.Join(',', wholes.Select(w => w.ToString(CultureInfo.InvariantCulture))),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"Found a value of type {value?.GetType()}.", nameof(value)),
    };

    /// <summary>A value from the words of a command line.</summary>
    /// <exception cref="RunConfigException">The words are of another kind.</exception>
    public object Parse(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return Kind switch
        {
            ConfigKind.Whole when Key == ConfigKeys.Seed => ulong.TryParse(words, NumberStyles.Integer, CultureInfo.InvariantCulture, out ulong seed) ? seed : throw Wrong("a whole number"),
            ConfigKind.Whole => int.TryParse(words, NumberStyles.Integer, CultureInfo.InvariantCulture, out int whole) ? whole : throw Wrong("a whole number"),
            ConfigKind.Number => double.TryParse(words, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw Wrong("a number"),
            ConfigKind.Boolean => words.ToLowerInvariant() switch { "true" => true, "false" => false, _ => throw Wrong("true or false") },
            ConfigKind.Texts => IsRepeated ? words.Length == 0 ? [] : (string[])[words] : words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            ConfigKind.Wholes => words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts
                ? parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0 ? n : throw Wrong(Lengths)).ToArray()
                : throw Wrong(Lengths),
            _ => words,
        };

        RunConfigException Wrong(string expected) => new(Key, $"found {words}, expected {expected}.");
    }

    private const string Lengths = "whole numbers above 0 with commas between them, such as 10,100";
}
