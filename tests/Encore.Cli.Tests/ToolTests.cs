using Encore.Experiments;

namespace Encore.Cli.Tests;

/// <summary>Help, suggestions, and the commands that only list.</summary>
[Collection(ToolCollection.Name)]
public sealed class ToolTests
{
    [Theory]
    [InlineData("")]
    [InlineData("compare")]
    [InlineData("dashboard")]
    [InlineData("data")]
    [InlineData("data inspect")]
    [InlineData("data list")]
    [InlineData("data get")]
    [InlineData("models")]
    [InlineData("protocols")]
    public async Task Help_EveryCommand_EndsWithExamples(string command)
    {
        var result = await Cli.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        result.Code.ShouldBe(Tool.Success);
        result.Error.ShouldBeEmpty();
        result.Output.ShouldStartWith("Description:\n");
        result.Output.ShouldContain($"\nExamples:\n  encore {command.Split(' ')[0]}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("data")]
    public async Task Run_WithoutACommand_IsHelp(string command)
    {
        var result = await Cli.RunAsync(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        result.Code.ShouldBe(Tool.Success);
        result.Error.ShouldBeEmpty();
        result.Output.ShouldContain("Commands:");
        result.Output.ShouldContain("Examples:");
    }

    [Theory]
    [InlineData("dashboard --host 0.0.0.0", "asks for no key")]
    [InlineData("dashboard --host 127.1", "expected an IP address")]
    [InlineData("dashboard --port 70000", "expected 0 … 65535")]
    public async Task Dashboard_WrongAddress_IsRefused(string line, string expected) =>
        (await Cli.RefusedAsync(Tool.Usage, line.Split(' '))).ShouldContain(expected);

    [Theory]
    [InlineData("compar", "Unrecognized command or argument 'compar'. Did you mean compare?")]
    [InlineData("data insect", "Unrecognized command or argument 'insect'. Did you mean inspect?")]
    [InlineData("protocols --foo", "Unrecognized command or argument '--foo'.")]
    [InlineData("data inspect --colums user=a", "Unrecognized command or argument '--colums'. Did you mean --columns?")]
    [InlineData("models eese", "No model is named eese. Did you mean ease?")]
    public async Task Run_Mistyped_SuggestsInOneLine(string arguments, string message)
    {
        (await Cli.RefusedAsync(Tool.Usage, arguments.Split(' '))).ShouldStartWith(message);
        (await Cli.RunAsync(arguments.Split(' '))).Error.Split("error: ").Length.ShouldBe(2, "one mistake, one message");
    }

    [Fact]
    public async Task Models_Bare_ListsAll()
    {
        var result = await Cli.RunAsync("models");
        result.Code.ShouldBe(Tool.Success);
        foreach (var model in ModelCatalog.BuiltIn.All)
        {
            result.Output.ShouldContain($"  {model.Name} ");
            result.Output.ShouldContain(model.Reference);
        }
    }

    [Theory]
    [InlineData("ease", "EASE (Steck 2019)", "ease.l2")]
    [InlineData("EASE", "EASE (Steck 2019)", "ease.precision")]
    [InlineData("popularity", "Popularity (baseline)", "It has no options.")]
    public async Task Models_Name_ShowsItsOptions(string name, string title, string option)
    {
        var result = await Cli.RunAsync("models", name);
        result.Output.ShouldStartWith(title);
        result.Output.ShouldContain(option);
    }

    [Fact]
    public async Task Protocols_Bare_ListsAll()
    {
        var result = await Cli.RunAsync(80, ["protocols"]);
        result.Output.Split('\n').ShouldAllBe(line => line.Length <= 80);
        foreach (string name in Splitting.Protocols.Names)
        {
            result.Output.ShouldContain($"  {name} ");
        }
    }

    [Theory]
    [InlineData("one two three", 8, 2, "one two\n  three")]
    [InlineData("users with ≥ 5 items", 13, 0, "users with\n≥ 5 items")]
    [InlineData("about 80 % of", 8, 0, "about\n80 % of")]
    [InlineData("incomprehensibilities here", 5, 1, "incomprehensibilities\n here")]
    [InlineData("", 5, 1, "")]
    public void Wrap_Text_BreaksBetweenWordsAndKeepsNumbersWithSigns(string text, int width, int indent, string expected) =>
        string.Join('\n', TextLines.Wrap(text, width, indent)).ShouldBe(expected);
}
