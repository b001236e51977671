using System.Text.RegularExpressions;
using Encore.Experiments;
using Encore.Splitting;

namespace Encore.Cli.Tests.Docs;

/// <summary>What the README shows is what the code says and does.</summary>
[Collection(ToolCollection.Name)]
public sealed partial class ReadmeTests
{
    [Fact]
    public void Example_AsItStands_CompilesAndPrintsWhatFollows() => Document.Readme.ShouldSay(
        Document.Readme.Block("Popularity: ndcg@100"), Example.Run(string.Join('\n', Document.Readme.Block("csharp"))).TrimEnd('\n').Split('\n'));

    [Fact]
    public async Task Command_Output_IsWhatItPrints()
    {
        string[] block = Document.Readme.Block("$ encore compare");
        var result = await Cli.RunAsync(160, block[0]["$ encore ".Length..].Split(' '));
        result.Code.ShouldBe(Tool.Success, result.Error);
        Document.Readme.ShouldSay([.. block.Skip(1).Select(Masked)], [.. result.Output.TrimEnd('\n').Split('\n').Select(Masked)]);
    }

    [Fact]
    public async Task Commands_All_AreOnesThatTheToolTakes()
    {
        foreach (string line in Document.Readme.Lines.Where(l => l.StartsWith("encore ", StringComparison.Ordinal)))
        {
            // Asking for help parses the rest of the line as well: an option that does not exist is an error.
            string[] words = [.. Word().Matches(line.Split('#')[0]).Select(m => m.Value.Trim('"')).Skip(1)];
            string[] command = words[0] == "run" ? ["train"] : [.. words.TakeWhile(w => !w.StartsWith('-') && !w.Contains('.', StringComparison.Ordinal)).Take(words[0] is "data" or "runs" or "config" ? 2 : 1)];
            foreach (string option in words.Where(w => w.StartsWith("--", StringComparison.Ordinal)))
            {
                var help = await Cli.RunAsync([.. command, "--help"]);
                help.Output.ShouldContain($" {option} ", customMessage: line);
            }
        }
    }

    [Fact]
    public void Models_Table_IsTheCatalogue() => Document.Readme.ShouldSay(
        Document.Readme.Table("| name | model | source | ranks items | predicts ratings |"),
        [
            "| name | model | source | ranks items | predicts ratings |",
            "|---|---|---|---|---|",
            .. ModelCatalog.BuiltIn.All.Select(m =>
                $"| [`{m.Name}`](docs/models.md#{m.Name}) | {m.Title} | {m.Reference} | {(m.Ranks ? "yes" : "")} | {(m.PredictsRatings ? "yes" : "")} |"),
        ]);

    [Fact]
    public void Protocols_Table_IsTheProtocols() => Document.Readme.ShouldSay(
        Document.Readme.Table("| name | what it does | metrics |"),
        [
            "| name | what it does | metrics |",
            "|---|---|---|",
            .. Protocols.Names.Select(name => Protocols.Create(name)).Select(p =>
                $"| [`{p.Name}`](docs/protocols.md#{p.Name}) | {p.Summary} | {string.Join(", ", p.DefaultMetrics)} |"),
        ]);

    [Fact]
    public void Links_ToFiles_Exist()
    {
        foreach (string line in Document.Readme.Lines)
        {
            foreach (Match match in Link().Matches(line))
            {
                string target = match.Groups[1].Value.Split('#')[0];
                Path.Exists(Path.Combine(Document.Root, target)).ShouldBeTrue(target);
            }
        }
    }

    // Times and memory differ from run to run, and with them the width of their columns.
    private static string Masked(string line) => Blanks().Replace(Measured().Replace(line, "?"), m => m.Value[..1]);

    [GeneratedRegex(@"(< )?\d+(\.\d+)? (ms|s|kB|MB|GB)(?= )")]
    private static partial Regex Measured();

    [GeneratedRegex(" +|─+")]
    private static partial Regex Blanks();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?!http)([^)#][^)]*)\)")]
    private static partial Regex Link();
}
