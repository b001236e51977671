using Encore.Tracking;
using Encore.Tracking.Tests;

namespace Encore.Cli.Tests;

/// <summary>What asks for something that does not exist is no run, wherever it is noticed.</summary>
[Collection(ToolCollection.Name)]
public sealed class UsageErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train ease --set nope=1")]
    [InlineData("train mult-dae --set epochs=1 --set metric=nope@10")]
    [InlineData("train mult-dae --set epochs=1 --set metric=ndcg@zero")]
    [InlineData("train ease --columns user=x,item=y")]
    [InlineData("train ease --data LOG --columns who=x")]
    [InlineData("train ease --data LOG --format nope")]
    [InlineData("train ease --repeat 2 --data LOG --duplicates nope")]
    [InlineData("compare --models ease --metrics nope@10")]
    [InlineData("compare --models mult-dae --set mult-dae.epochs=1 --set mult-dae.metric=nope")]
    [InlineData("compare --models ease,mult-dae --set mult-dae.epochs=1 --set mult-dae.metric=nope --set ease.l2=10")]
    [InlineData("tune mult-dae --space nope=1..2 --trials 1")]
    [InlineData("tune mult-dae --metric nope --trials 1")]
    [InlineData("tune ease --data LOG --columns who=x")]
    [InlineData("article --rows Nope --data LOG")]
    [InlineData("run CONFIG")]
    public async Task Usage_ThatIsWrong_KeepsNothing(string line)
    {
        File.WriteAllLines(_folder["log.csv"], ["user,item,rating,timestamp", .. Enumerable.Range(0, 400).Select(k => $"u{k / 10},i{(k * 7) % 23},{1 + (k % 5)},{k}")]);
        File.WriteAllText(_folder["run.toml"], "command = \"train\"\n[data]\nsource = \"log.csv\"\ncolumns = \"who=x\"\n[[models]]\nname = \"ease\"\n");
        string[] args = [.. line.Split(' ').Select(w => w == "LOG" ? _folder["log.csv"] : w == "CONFIG" ? _folder["run.toml"] : w)];
        using var server = new MlflowStandIn();
        await Cli.RefusedLooselyAsync(Tool.Usage, [.. args, "--runs", _folder["runs"], "--tensorboard", _folder["events"], "--mlflow", server.Address]);
        Directory.Exists(_folder["runs"]).ShouldBeFalse();
        Directory.Exists(_folder["events"]).ShouldBeFalse();
        server.Runs.ShouldAllBe(r => r.Status == "DELETED");
    }

    [Theory]
    [InlineData("train ease --set nope=1")]
    [InlineData("train mult-dae --set epochs=1 --set metric=nope@10")]
    [InlineData("compare --models ease,mult-dae --set mult-dae.epochs=1 --set mult-dae.metric=nope")]
    public async Task Resume_OfWhatCannotBeResumed_ChangesNothing(string line)
    {
        var store = new RunStore(_folder["runs"]);
        string id;
        using (var run = store.Begin(new RunDescription { Kind = "train", Name = "ease", Model = "ease", Command = line.Split(' '), Directory = _folder[""] }))
        {
            id = run.Id;
        }

        string before = File.ReadAllText(Path.Combine(store.FolderOf(id), "run.json"));
        await Cli.RefusedLooselyAsync(Tool.Usage, "runs", "resume", id, "--runs", store.Folder);
        File.ReadAllText(Path.Combine(store.FolderOf(id), "run.json")).ShouldBe(before);
        store.All().Select(r => r.Id).ShouldBe([id]);
    }
}
