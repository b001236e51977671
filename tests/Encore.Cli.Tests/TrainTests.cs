using System.Text.Json;

namespace Encore.Cli.Tests;

/// <summary><c>encore train</c> on the demo data.</summary>
[Collection(ToolCollection.Name)]
public sealed class TrainTests
{
    private static readonly string[] Small = ["--set", "epochs=3", "--set", "layers=20"];

    [Fact]
    public async Task Train_Network_PrintsEpochsThenTestMetrics()
    {
        var result = await Cli.RunAsync(["train", "mult-dae", .. Small]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("epoch 1/3  loss ");
        result.Error.ShouldContain("epoch 3/3  loss ");
        result.Error.ShouldContain("ndcg@100 ");
        result.Output.ShouldStartWith("Data      demo: ");
        result.Output.ShouldContain("Trained   Mult-DAE 20 λ=0.001 in ");
        result.Output.ShouldContain("3 epochs (ended by all epochs), weights of epoch ");
        result.Output.ShouldContain("│ ndcg@100");
    }

    [Fact]
    public async Task Train_Json_HasEveryEpoch()
    {
        var result = await Cli.RunAsync(["train", "mult-dae", .. Small, "--output", "json", "--quiet"]);
        result.Error.ShouldBeEmpty();
        var json = result.Json;
        json.GetProperty("model").GetString().ShouldBe("mult-dae");
        var epochs = json.GetProperty("epochs").EnumerateArray().ToArray();
        epochs.Select(e => e.GetProperty("epoch").GetInt32()).ShouldBe([1, 2, 3]);
        epochs.ShouldAllBe(e => e.GetProperty("loss").GetDouble() > 0 && e.GetProperty("ndcg@100").GetDouble() > 0);
        json.GetProperty("metrics").GetProperty("ndcg@100").GetProperty("mean").GetDouble().ShouldBeInRange(0, 1);
    }

    [Fact]
    public async Task Train_ClosedForm_TrainsToo()
    {
        var result = await Cli.RunAsync("train", "ease", "--set", "l2=200", "--output", "json");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("title").GetString().ShouldBe("EASE λ=200");
        result.Json.TryGetProperty("epochs", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Train_Checkpoint_ResumesToTheSameEndAndIsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        string file = folder["state.checkpoint"];
        string[] command = ["train", "mult-dae", "--set", "layers=20", "--set", "epochs=6", "--output", "json", "--quiet"];
        var straight = await Cli.RunAsync(command);
        await Cli.RunAsync([.. command, "--set", "epochs=2", "--checkpoint", file]);
        (await Cli.RefusedAsync(Tool.Failure, [.. command, "--checkpoint", file])).ShouldContain("not overwritten");
        var resumed = await Cli.RunAsync([.. command, "--checkpoint", file, "--resume"]);
        Metrics(resumed.Json).ShouldBe(Metrics(straight.Json));
        (await Cli.RefusedAsync(Tool.Failure, [.. command, "--set", "l2=0.5", "--checkpoint", file, "--resume"])).ShouldContain("l2=0.5");
    }

    [Theory]
    [InlineData("train mult-dae --resume", "--checkpoint")]
    [InlineData("train mult-dae --checkpoint-every 5 --no-track", "--checkpoint")]
    [InlineData("train mult-dae --checkpoint a --checkpoint-every -1", "at least 0")]
    [InlineData("train ease --checkpoint a", "nothing to resume")]
    [InlineData("train mult-day", "Did you mean mult-dae?")]
    [InlineData("train mult-dae --set epoch=3", "Did you mean epochs?")]
    [InlineData("train mult-dae --set epochs", "expected")]
    [InlineData("train mult-dae --set epochs=0", "expected a whole number ≥ 1")]
    [InlineData("train mult-dae --protocol rating", "predicts no ratings")]
    [InlineData("train", "Required argument")]
    public async Task Train_WrongUse_SaysWhatIsExpected(string arguments, string message) =>
        (await Cli.RefusedAsync(Tool.Usage, arguments.Split(' '))).ShouldContain(message);

    private static string Metrics(JsonElement json) => json.GetProperty("metrics").GetRawText();
}
