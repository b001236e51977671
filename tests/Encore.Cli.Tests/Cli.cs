using System.Text.Json;

namespace Encore.Cli.Tests;

/// <summary>What a run of the tool left behind.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CliResult(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The mean of a metric by model, as the JSON output has it.</summary>
    public Dictionary<string, string> Metrics() => Json.GetProperty("rows").EnumerateArray()
        .ToDictionary(row => row.GetProperty("model").GetString()!, row => row.GetProperty("metrics").GetRawText());
}

/// <summary>Runs the tool in this process.</summary>
internal static class Cli
{
    public static Task<CliResult> RunAsync(params string[] args) => RunAsync(160, args);

    public static async Task<CliResult> RunAsync(int width, string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = await Tool.RunAsync(args, new Terminal(output, error, IsInteractive: false, width), TestContext.Current.CancellationToken);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs what must be refused with a code and a message at the end; notes may come before it.</summary>
    public static async Task RefusedLooselyAsync(int code, params string[] args)
    {
        var result = await RunAsync(args);
        result.Code.ShouldBe(code, result.Error);
        result.Error.ShouldContain("error: ");
    }

    /// <summary>Runs what must be refused with a code and one message, leaving standard output empty.</summary>
    public static async Task<string> RefusedAsync(int code, params string[] args)
    {
        var result = await RunAsync(args);
        string[] lines = [.. result.Error.Split('\n').SkipWhile(l => l.StartsWith("note: ", StringComparison.Ordinal) || l.StartsWith("warning: ", StringComparison.Ordinal))];
        lines[0].ShouldStartWith("error: ");
        result.Code.ShouldBe(code, result.Error);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldNotContain("Parameter '", customMessage: "a name from the code means nothing to who types a command");
        result.Error.ShouldNotContain("System.");
        return lines[0]["error: ".Length..];
    }
}

/// <summary>Tests of the tool run one at a time: each of them trains on all cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class ToolCollection
{
    public const string Name = "Tool";
}
