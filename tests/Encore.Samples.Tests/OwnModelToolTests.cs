using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Samples.Tests;

/// <summary>samples/own-model in the built tool, as a process of its own, with <c>--plugin</c>.</summary>
public sealed class OwnModelToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _till;

    public OwnModelToolTests() => _till = Shop.Write(_folder["till.baskets"]);

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_KilledAndResumed_EndsWithTheSameBits()
    {
        string[] command = ["train", "residual-dae", "--data", _till, "--protocol", "user-temporal", "--set", "width=24", "--set", "epochs=60", "--set", "batch-size=8", "--set", "patience=100", "--set", "metric=serendipity@5", "-q"];
        await RunAsync([.. command, "--out", _folder["straight.encore"]]);
        string state = _folder["state"];
        string[] resumable = [.. command, "--out", _folder["resumed.encore"], "--checkpoint", state, "--checkpoint-every", "0", "--resume"];
        int kills = 0;
        for (int round = 0; round < 3; round++)
        {
            var before = File.Exists(state) ? File.GetLastWriteTimeUtc(state) : default;
            using var process = Start(resumable);
            while (!process.HasExited && (!File.Exists(state) || File.GetLastWriteTimeUtc(state) == before))
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            await Task.Delay(10 * round, TestContext.Current.CancellationToken);
            kills += process.HasExited ? 0 : 1;
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        kills.ShouldBeGreaterThan(0, "no kill came between the first checkpoint and the end");
        File.Exists(_folder["resumed.encore"]).ShouldBeFalse();

        // The run that was killed last needs its plug-in to resume, and resumes from its checkpoint.
        string id = Store.All().MaxBy(r => r.Id, StringComparer.Ordinal)!.Id;
        var refused = await EndAsync(Start("runs", "resume", id));
        refused.Code.ShouldBe(2);
        refused.Error.ShouldContain("--plugin OwnModel.dll");
        await RunAsync("runs", "resume", id);
        var registry = Shop.Registry();
        var histories = Shop.Split(_till, registry).Test.History;
        float[] Scores(string file) => Shop.Scores((IRecommender)ModelFile.Load(_folder[file], models: registry.Models).Model, histories);
        Scores("resumed.encore").ShouldBe(Scores("straight.encore"));
    }

    [Fact]
    public async Task Plugin_InEveryCommand_DoesWhatEncoresOwnDo()
    {
        string model = _folder["sales.encore"], onnx = _folder["sales.onnx"];
        (await RunAsync("models")).ShouldContain("residual-dae");
        (await RunAsync("protocols")).ShouldContain("user-temporal");
        var compared = Json(await RunAsync(
            "compare", "--data", _till, "--protocol", "user-temporal", "--models", "popularity,balanced-ease:l2=20,residual-dae:epochs=5", "--metrics", "ndcg@10,serendipity@5", "--output", "json", "-q"));
        compared.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("metrics").GetProperty("serendipity@5").GetProperty("mean").GetDouble()).ShouldAllBe(m => m >= 0 && m <= 1);
        foreach (string tuned in (string[])["balanced-ease", "residual-dae"])
        {
            string[] epochs = tuned == "residual-dae" ? ["--set", "epochs=3"] : [];
            var json = Json(await RunAsync(["tune", tuned, "--data", _till, "--protocol", "user-temporal", "--metric", "serendipity@5", "--trials", "3", "--output", "json", "-q", .. epochs]));
            json.GetProperty("validation").GetDouble().ShouldBeGreaterThan(0);
        }

        await RunAsync("train", "balanced-ease", "--data", _till, "--protocol", "user-temporal", "--set", "l2=20", "--out", model, "-q");
        (await RunAsync("evaluate", model, "--data", _till, "--protocol", "user-temporal", "--metrics", "serendipity@5")).ShouldContain("serendipity@5");
        var answer = Json(await RunAsync("recommend", model, "--history", "i1,i3", "-k", "3", "--explain", "--output", "json"));
        var items = answer.GetProperty("items").EnumerateArray().ToArray();
        items.Length.ShouldBe(3);
        foreach (var item in items)
        {
            item.GetProperty("exact").GetBoolean().ShouldBeTrue();
            item.GetProperty("because").EnumerateObject().Sum(c => c.Value.GetDouble()).ShouldBe(item.GetProperty("score").GetDouble(), 1e-5);
        }

        (await RunAsync("similar", model, "i1")).ShouldContain("i");

        // A network learns more, and is saved again as the plug-in's model that it is.
        string network = _folder["network.encore"], more = _folder["more.encore"], users = _folder["more.csv"];
        await File.WriteAllTextAsync(users, "user,item\nnew1,i1\nnew1,i3\nnew2,i2\nnew2,i3\n", TestContext.Current.CancellationToken);
        await RunAsync("train", "residual-dae", "--data", _till, "--protocol", "user-temporal", "--set", "width=24", "--set", "epochs=2", "--out", network, "-q");
        await RunAsync("update", network, "--data", users, "--set", "epochs=1", "--out", more);
        ModelFile.Load(more, models: Shop.Registry().Models).Entry.Name.ShouldBe("residual-dae");
        await RunAsync("export", model, "--out", onnx);
        var registry = Shop.Registry();
        Shop.ShouldScoreAs(onnx, (IRecommender)ModelFile.Load(model, models: registry.Models).Model, Shop.Split(_till, registry).Test.History);

        using var server = Start("serve", model, "--port", "0", "--plugin", Shop.Plugin);
        try
        {
            string? line;
            do
            {
                line = await server.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            }
            while (line is not null && !line.StartsWith("Serving ", StringComparison.Ordinal));
            using var client = new HttpClient { BaseAddress = new Uri(line.ShouldNotBeNull().Split(" at ")[1].Split(' ')[0]) };
            using var served = await client.PostAsJsonAsync("/v1/recommend", new { history = (string[])["i1", "i3"], k = 3 }, TestContext.Current.CancellationToken);
            var json = await served.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()).ShouldBe(items.Select(i => i.GetProperty("item").GetString()));
        }
        finally
        {
            server.Kill();
        }
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private async Task<string> RunAsync(params string[] args)
    {
        var (code, output, error) = await EndAsync(Start([.. args, "--plugin", Shop.Plugin]));
        code.ShouldBe(0, $"{string.Join(' ', args)}\n{output}\n{error}");
        return output;
    }

    private Process Start(params string[] args)
    {
        var info = new ProcessStartInfo(Host(), args) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment[RunStore.FolderVariable] = _folder["runs"];
        info.Environment["ENCORE_CACHE"] = _folder["no-cache"];
        if (args[0] is "train" && !args.Contains("--plugin"))
        {
            info.ArgumentList.Add("--plugin");
            info.ArgumentList.Add(Shop.Plugin);
        }

        return Process.Start(info)!;
    }

    private static async Task<(int Code, string Output, string Error)> EndAsync(Process process)
    {
        using var of = process;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    // artifacts/bin/Encore.Samples.Tests/release/ → artifacts/bin/Encore.Tool/release*/encore
    private static string Host()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string tool = Path.Combine(here.Parent!.Parent!.FullName, "Encore.Tool");
        return Directory.EnumerateFiles(tool, OperatingSystem.IsWindows() ? "encore.exe" : "encore", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(tool, file).StartsWith(here.Name.Split('_')[0], StringComparison.Ordinal))
            .MaxBy(File.GetLastWriteTimeUtc) ?? throw new FileNotFoundException($"Found no built encore below {tool}.");
    }
}
