using System.Text.Json;
using System.Text.RegularExpressions;
using Encore.Tracking;

namespace Encore.Cli.Tests.Docs;

/// <summary>What docs/tracking.md shows is what the code says and does.</summary>
[Collection(ToolCollection.Name)]
public sealed partial class TrackingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tracking", 8, "csharp")]
    [InlineData("sink", 0, "/// <summary>Tells when runs end.")]
    public void Example_Text_IsTheCompiledSource(string name, int indent, string block)
    {
        string[] source = File.ReadAllLines(Path.Combine(Document.Root, "tests/Encore.Cli.Tests/Docs/TrackingExample.cs"));
        string[] example = [.. source.SkipWhile(l => l.Trim() != $"// {name}: begin").Skip(1).TakeWhile(l => l.Trim() != $"// {name}: end")
            .Select(l => l.Length > indent ? l[indent..] : "")];
        Document.Tracking.ShouldSay(Document.Tracking.Block(block), [.. example.SkipLast(1)]);
    }

    [Fact]
    public void Example_Output_IsWhatItPrints_AndItsRunsHaveTheDocumentedKeys()
    {
        string printed = TrackingExample.Run(_folder["runs"], _folder["events"]);
        Document.Tracking.ShouldSay(Document.Tracking.Block("popularity finished"), printed.TrimEnd('\n').Split('\n'));

        string[] keys = FirstCells("| key of run.json | value |"), files = FirstCells("| file | what is in it |"), figures = FirstCells("| key of metrics.jsonl | value |");
        foreach (string path in Directory.EnumerateFiles(_folder["runs"], "*", SearchOption.AllDirectories))
        {
            files.ShouldContain(Path.GetFileName(path));
        }

        foreach (string path in Directory.EnumerateFiles(_folder["runs"], "run.json", SearchOption.AllDirectories))
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            foreach (string key in Keys(json.RootElement, ""))
            {
                keys.ShouldContain(key);
            }
        }

        foreach (string line in Directory.EnumerateFiles(_folder["runs"], "metrics.jsonl", SearchOption.AllDirectories).SelectMany(File.ReadLines))
        {
            using var json = JsonDocument.Parse(line);
            foreach (string key in json.RootElement.EnumerateObject().Select(p => p.Name).Where(n => !n.Contains('/', StringComparison.Ordinal)))
            {
                figures.ShouldContain(key);
            }
        }
    }

    [Fact]
    public void Fields_Table_HasAllFields() => FirstCells("| field | compared as | what it is |").ShouldBe(RunField.Fields, ignoreOrder: true);

    [Fact]
    public void Queries_All_AreOnesThatAreRead()
    {
        string[] queries = FirstCells("| query | which runs |");
        queries.ShouldNotBeEmpty();
        foreach (string query in queries)
        {
            Should.NotThrow(() => RunQuery.Parse(query), query);
        }
    }

    [Fact]
    public async Task Queries_Wrong_AreRefusedInTheseWords()
    {
        TrackingExample.Run(_folder["runs"], _folder["events"]);
        string[][] rows = [.. Document.Tracking.Table("| wrong | what is said |").Skip(2).Select(r => Cell().Matches(r).Select(m => m.Groups[1].Value).ToArray())];
        rows.ShouldNotBeEmpty();
        foreach (string[] row in rows)
        {
            (await Cli.RefusedAsync(Tool.Usage, "runs", "list", "--runs", _folder["runs"], "--where", row[0])).ShouldBe("--where: " + row[1]);
        }
    }

    [Fact]
    public async Task Commands_All_AreOnesThatTheToolTakes()
    {
        foreach (string line in Document.Tracking.Lines.Where(l => l.StartsWith("encore ", StringComparison.Ordinal) || l.StartsWith("$ encore ", StringComparison.Ordinal)))
        {
            string[] words = [.. Word().Matches(line.TrimStart('$', ' ').Split('#')[0]).Select(m => m.Value.Trim('"')).Skip(1)];
            var help = await Cli.RunAsync([.. words.Take(words[0] == "runs" ? 2 : 1), "--help"]);
            help.Code.ShouldBe(Tool.Success, line);
            foreach (string option in words.Where(w => w.StartsWith("--", StringComparison.Ordinal)))
            {
                help.Output.ShouldMatch($@"(?m)(^|[ ,]){option}( |$)", line);
            }
        }
    }

    [Fact]
    public void Links_ToFiles_Exist()
    {
        foreach (Match match in Document.Tracking.Lines.SelectMany(l => Link().Matches(l)))
        {
            Path.Exists(Path.Combine(Document.Root, "docs", match.Groups[1].Value.Split('#')[0])).ShouldBeTrue(match.Value);
        }
    }

    // What stands in code marks in the first cells of a table's rows; several of a cell count each.
    private static string[] FirstCells(string header) =>
        [.. Document.Tracking.Table(header).Skip(2).SelectMany(row => Cell().Matches(row.Split(" | ")[0]).Select(m => m.Groups[1].Value))];

    // description.data.users, but metrics and not each one's name.
    private static IEnumerable<string> Keys(JsonElement element, string path)
    {
        foreach (var property in element.EnumerateObject())
        {
            string key = path + property.Name;
            bool isOwn = property.Value.ValueKind == JsonValueKind.Object && key is "description" or "description.data" or "machine";
            foreach (string found in isOwn ? Keys(property.Value, key + ".") : [key])
            {
                yield return found;
            }
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Cell();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?!http)([^)#][^)]*)\)")]
    private static partial Regex Link();
}
