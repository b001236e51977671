using System.Globalization;

namespace Encore.Server.Bodies;

/// <summary>Where a value stands in a body, written as a JSON path without the root: <c>requests[3].history[0]</c>.</summary>
internal sealed class Place
{
    private readonly Place? _parent;
    private readonly string? _name;
    private readonly int _index;

    private Place(Place? parent, string? name, int index) => (_parent, _name, _index) = (parent, name, index);

    /// <summary>The body itself.</summary>
    public static Place Body { get; } = new(null, null, 0);

    public bool IsBody => _parent is null;

    public Place Member(string name) => new(this, name, 0);

    public Place At(int index) => new(this, null, index);

    public override string ToString()
    {
        if (_parent is null)
        {
            return "";
        }

        string before = _parent.ToString();
        return _name is null ? string.Create(CultureInfo.InvariantCulture, $"{before}[{_index}]")
            : !IsPlain(_name) ? $"{before}['{ProblemException.Excerpt(_name)}']"
            : before.Length == 0 ? _name : $"{before}.{_name}";
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
