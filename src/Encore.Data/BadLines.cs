using System.Globalization;

namespace Encore.Data;

/// <summary>Lines that are left out: how many, and what was wrong with the first few.</summary>
internal sealed class BadLines
{
    private const int Shown = 5;

    private readonly List<string> _first = [];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Lines that are left out and those that are not.</summary>
    public long Total { get; set; }

    /// <summary>Takes one.</summary>
    /// <param name="where">Its place, such as <c>line 4</c>.</param>
    /// <param name="what">What was found and expected.</param>
    public void Add(string where, string what)
    {
        if (++Count <= Shown)
        {
            _first.Add($"{where}: {what}");
        }
    }

    /// <summary>The note about them; null without any.</summary>
    public string? Note(string path) => Count == 0 ? null : string.Create(CultureInfo.InvariantCulture,
        $"{path}: left out {Count:N0} of {Total:N0} lines (--bad-lines skip): {string.Join("; ", _first)}{(Count > Shown ? "; …" : "")}.");
}
