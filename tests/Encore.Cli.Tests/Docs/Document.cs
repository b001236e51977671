using System.Text;

namespace Encore.Cli.Tests.Docs;

/// <summary>A file of the documentation.</summary>
internal sealed class Document
{
    private readonly string _name;
    private readonly string[] _lines;

    private Document(string name) =>
        (_name, _lines) = (name, File.ReadAllLines(Path.Combine(Root, name)));

    public static string Root { get; } = FindRoot();

    public static Document Readme { get; } = new("README.md");

    public static Document Configuration { get; } = new("docs/configuration.md");

    public static Document Metrics { get; } = new("docs/metrics.md");

    public static Document Protocols { get; } = new("docs/protocols.md");

    public static Document Tracking { get; } = new("docs/tracking.md");

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The lines between fences, of the block whose first line contains a text or whose fence names a language.</summary>
    public string[] Block(string start)
    {
        for (int i = 0; i + 1 < _lines.Length; i++)
        {
            if (_lines[i].StartsWith("```", StringComparison.Ordinal) && (_lines[i] == "```" + start || _lines[i + 1].Contains(start, StringComparison.Ordinal)))
            {
                return [.. _lines.Skip(i + 1).TakeWhile(line => line != "```")];
            }
        }

        throw new InvalidDataException($"{_name}: found no block of {start}.");
    }

    /// <summary>The table below a header.</summary>
    public string[] Table(string header) =>
        [.. _lines.SkipWhile(line => line != header).TakeWhile(line => line.StartsWith('|'))];

    /// <summary>Fails with a diff where the document says something else than is true.</summary>
    public void ShouldSay(IReadOnlyList<string> said, IReadOnlyList<string> isTrue)
    {
        if (said.SequenceEqual(isTrue))
        {
            return;
        }

        var diff = new StringBuilder($"{_name} says something else than is true (- said, + is true):\n");
        for (int i = 0; i < Math.Max(said.Count, isTrue.Count); i++)
        {
            string? a = i < said.Count ? said[i] : null, b = i < isTrue.Count ? isTrue[i] : null;
            diff.Append(a == b ? $"  {a}\n" : (a is null ? "" : $"- {a}\n") + (b is null ? "" : $"+ {b}\n"));
        }

        Assert.Fail(diff.ToString());
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Encore.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Encore.slnx above {AppContext.BaseDirectory}.");
    }
}
