using Encore.Runs;

namespace Encore.Cli.Tests.Docs;

/// <summary>What docs/configuration.md and the files in examples say is what the code takes.</summary>
[Collection(ToolCollection.Name)]
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Examples { get; } = [.. Directory.EnumerateFiles(Path.Combine(Document.Root, "examples")).Select(f => Path.GetFileName(f)).Order()];

    [Fact]
    public void Keys_Table_IsTheKeys()
    {
        Document.Configuration.ShouldSay(
            Document.Configuration.Table("| key | option | value | what it is |"),
            [
                "| key | option | value | what it is |",
                "|---|---|---|---|",
                .. Tool.Kinds.Keys.Select(k => $"| `{k.Key}` | `{k.Option}` | {Kind(k)} | {k.Description} |"),
            ]);
    }

    [Fact]
    public async Task Example_OfThePage_IsTaken()
    {
        string file = _folder.Write("page.toml", string.Join('\n', Document.Configuration.Block("command = \"compare\"")));
        var check = await Cli.RunAsync("config", "check", file);
        check.Code.ShouldBe(Tool.Success, check.Error);
        check.Output.ShouldBe("encore compare --models ease,mult-vae --set ease.l2=500 --set mult-vae.layers=600,200 --set mult-vae.beta=0.2 --seed 1 --repeat 3 --data ml-1m --min-per-user 5 --protocol strong\n");
    }

    [Fact]
    public async Task Json_OfThePage_IsTaken()
    {
        string json = Document.Configuration.Lines.Select(l => l.Split('`').FirstOrDefault(part => part.StartsWith('{'))).First(part => part is not null)!;
        var check = await Cli.RunAsync("config", "check", _folder.Write("page.json", json));
        check.Code.ShouldBe(Tool.Success, check.Error);
        check.Output.ShouldBe("encore compare --models ease --set ease.l2=500 --data ml-1m\n");
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Examples_All_AreTaken(string name)
    {
        var check = await Cli.RunAsync("config", "check", Path.Combine(Document.Root, "examples", name));
        check.Code.ShouldBe(Tool.Success, check.Error);
        check.Output.ShouldStartWith("encore ");
    }

    private static string Kind(ConfigKey key) => key.Kind switch
    {
        _ when key.Key == "data.source" => "path or name",
        _ when key.IsPath && key.Kind == ConfigKind.Texts => "list of paths",
        _ when key.IsPath => "path",
        ConfigKind.Text => "text",
        ConfigKind.Whole => "whole number",
        ConfigKind.Number => "number",
        ConfigKind.Boolean => "true or false",
        ConfigKind.Texts => "list of texts",
        ConfigKind.Wholes => "list of whole numbers",
        _ => throw new InvalidOperationException($"{key.Kind}"),
    };
}
