using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Encore;

/// <summary>Describes an option of a model, on a property of its options record.</summary>
/// <param name="description">What it does, a few words.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string description) : Attribute
{
    /// <summary>What the option does.</summary>
    public string Description { get; } = description;

    /// <summary>The smallest value allowed. Default −∞.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>The value below which all must stay. Default +∞.</summary>
    public double ExclusiveMaximum { get; init; } = double.PositiveInfinity;
}

/// <summary>Marks an option that checkpoints of an earlier release do not know: at its default it is no part of what a
/// checkpoint belongs to, so that those still fit.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LaterAttribute : Attribute;

/// <summary>What an option's values are.</summary>
public enum OptionKind
{
    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>One of some words.</summary>
    Word,

    /// <summary>A text.</summary>
    Text,

    /// <summary>Whole numbers with commas between.</summary>
    Wholes,
}

/// <summary>
/// One option of a model, as the command line knows it: <c>--set ease.l2=500</c>. Its value is a whole number, a
/// number, true or false, one of some words, a text, or a list of whole numbers (<c>600,200</c>).
/// </summary>
public sealed class ModelOption
{
    // What trimming must leave of an options record.
    internal const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    private readonly PropertyInfo _property;
    private readonly OptionAttribute _attribute;

    internal ModelOption(PropertyInfo property, object defaults)
    {
        _property = property;
        _attribute = property.GetCustomAttribute<OptionAttribute>() ?? throw new InvalidOperationException(
            $"{property.DeclaringType?.Name}.{property.Name} has no [Option]; every option of a model says what it does.");
        Name = Kebab(property.Name);
        Default = Text(property.GetValue(defaults));
    }

    /// <summary>The name in lower case with hyphens, such as <c>l2</c> or <c>reg-user</c>.</summary>
    public string Name { get; }

    /// <summary>What the option does.</summary>
    public string Description => _attribute.Description;

    /// <summary>The value when nothing is said, as one would write it.</summary>
    public string Default { get; }

    /// <summary>What the values are.</summary>
    public OptionKind Kind => _property.PropertyType is var type
        && type == typeof(int) ? OptionKind.Whole
        : type == typeof(float) || type == typeof(double) ? OptionKind.Number
        : type == typeof(bool) ? OptionKind.Flag
        : type == typeof(IReadOnlyList<int>) ? OptionKind.Wholes
        : type.IsEnum ? OptionKind.Word
        : OptionKind.Text;

    /// <summary>The words of <see cref="OptionKind.Word"/>; empty of other kinds.</summary>
    public IReadOnlyList<string> Words => _property.PropertyType.IsEnum ? [.. Enum.GetNames(_property.PropertyType).Select(Kebab)] : [];

    /// <summary>The smallest value allowed; −∞ where there is none.</summary>
    public double Minimum => _attribute.Minimum;

    /// <summary>The value below which all must stay; +∞ where there is none.</summary>
    public double ExclusiveMaximum => _attribute.ExclusiveMaximum;

    /// <summary>What a value looks like, such as "a number ≥ 0" or "single or double".</summary>
    public string Type => Prose() + Range();

    /// <summary>Checks options that code made, as those of a catalogue are when they are parsed.</summary>
    /// <typeparam name="TOptions">The options: a record or class each of whose properties has an
    /// <see cref="OptionAttribute"/>.</typeparam>
    /// <param name="options">The options; null: their defaults.</param>
    /// <returns>The options, each of which has a value that is allowed.</returns>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public static TOptions Validated<[DynamicallyAccessedMembers(Members)] TOptions>(TOptions? options)
        where TOptions : class, new() => OptionSet<TOptions>.Validated(options);

    /// <summary>All options by name, as one would write them: what <see cref="Storage.IStoredModel.Settings"/> says.</summary>
    /// <typeparam name="TOptions">The options: a record or class each of whose properties has an
    /// <see cref="OptionAttribute"/>.</typeparam>
    /// <param name="options">The options.</param>
    public static IReadOnlyDictionary<string, string> Settings<[DynamicallyAccessedMembers(Members)] TOptions>(TOptions options)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(options);
        return OptionSet<TOptions>.Settings(options);
    }

    /// <summary>The value that some options have, as one would write it.</summary>
    internal string Get(object options) => Text(_property.GetValue(options));

    /// <summary>Whether the value is what a release without this option did.</summary>
    internal bool IsAsBefore(object options) => _property.IsDefined(typeof(LaterAttribute)) && Get(options) == Default;

    internal void Set(object options, string model, string text)
    {
        object? value = Parse(_property.PropertyType, text);
        if (value is null || !InRange(value))
        {
            throw new ArgumentException($"{model}.{Name}: found {text}, expected {Type}.");
        }

        _property.SetValue(options, value);
    }

    internal void Check(object options)
    {
        object? value = _property.GetValue(options);
        if (value is null || !InRange(value) || (value is Enum && !Enum.IsDefined(value.GetType(), value)))
        {
            throw new ArgumentException(
                $"{options.GetType().Name}.{_property.Name}: found {Text(value)}, expected {Type}.");
        }
    }

    private bool InRange(object value) => value switch
    {
        int or float or double => InRange(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        IReadOnlyList<int> list => list.Count > 0 && list.All(x => InRange((double)x)),
        _ => true,
    };

    private bool InRange(double value) => double.IsFinite(value) && value >= _attribute.Minimum && value < _attribute.ExclusiveMaximum;

    private string Range()
    {
        string minimum = double.IsFinite(_attribute.Minimum) ? $" ≥ {Text(_attribute.Minimum)}" : "";
        string below = double.IsFinite(_attribute.ExclusiveMaximum) ? $" < {Text(_attribute.ExclusiveMaximum)}" : "";
        return minimum + (minimum.Length > 0 && below.Length > 0 ? " and" : "") + below;
    }

    private string Prose() => Kind switch
    {
        OptionKind.Whole => "a whole number",
        OptionKind.Number => "a number",
        OptionKind.Flag => "true or false",
        OptionKind.Wholes => "whole numbers with commas between,",
        OptionKind.Word => string.Join(" or ", Words),
        _ => "a text",
    };

    private static object? Parse(Type type, string text)
    {
        if (type == typeof(int))
        {
            return ParseInt(text);
        }

        if (type == typeof(float))
        {
            return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float x) ? x : null;
        }

        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) ? x : null;
        }

        if (type == typeof(bool))
        {
            return bool.TryParse(text, out bool x) ? x : null;
        }

        if (type == typeof(IReadOnlyList<int>))
        {
            var parts = text.Split(',', StringSplitOptions.TrimEntries).Select(ParseInt).ToArray();
            return parts.All(x => x.HasValue) ? parts.Select(x => x!.Value).ToArray() : null;
        }

        if (type.IsEnum)
        {
            // Hyphens may be left out: adamw is adam-w.
            string word = text.Replace("-", "", StringComparison.Ordinal);
            string? name = Enum.GetNames(type).FirstOrDefault(x => x.Equals(word, StringComparison.OrdinalIgnoreCase));
            return name is null ? null : Enum.Parse(type, name);
        }

        return type == typeof(string) ? text
            : throw new InvalidOperationException($"Options of type {type.Name} have no text form.");
    }

    private static int? ParseInt(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int x) ? x : null;

    private static string Text(object? value) => value switch
    {
        null => "nothing",
        bool x => x ? "true" : "false",
        Enum x => Kebab(x.ToString()),
        IReadOnlyList<int> list => string.Join(',', list),
        IFormattable x => x.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // A capital opens a word: RegUser is reg-user; digits belong to theirs: L2 is l2.
    internal static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i]))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
