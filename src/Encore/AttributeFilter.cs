namespace Encore;

/// <summary>A condition on an attribute of an item.</summary>
public sealed class AttributeFilter(string attribute, IReadOnlyList<string> anyOf, bool not = false)
{
    /// <summary>The attribute's name, such as <c>genres</c>.</summary>
    public string Attribute { get; } = attribute;

    /// <summary>Values of which the item must have at least one, in any case.</summary>
    public IReadOnlyList<string> AnyOf { get; } = anyOf;

    /// <summary>Whether the item must have none of them instead.</summary>
    public bool Not { get; } = not;

    /// <summary>A filter as one writes it: <c>genres=Comedy|Drama</c>, or <c>genres!=Horror</c>.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static AttributeFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('=', StringComparison.Ordinal);
        bool not = at > 0 && text[at - 1] == '!';
        string name = at > 0 ? text[..(not ? at - 1 : at)].Trim() : "";
        string[] values = at > 0 ? text[(at + 1)..].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
        return name.Length > 0 && values.Length > 0
            ? new AttributeFilter(name, values, not)
            : throw new FormatException($"Found filter {text}, expected ATTRIBUTE=VALUE|VALUE or ATTRIBUTE!=VALUE.");
    }
}
