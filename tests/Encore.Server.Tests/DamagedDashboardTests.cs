using System.Net;
using System.Text.Json.Nodes;
using Encore.Dashboard;
using Encore.Tracking;

namespace Encore.Server.Tests;

/// <summary>The dashboard over runs whose files are damaged, or lead elsewhere.</summary>
public sealed class DamagedDashboardTests
{
    [Theory]
    [InlineData("description", "null", "description: found null, expected an object.")]
    [InlineData("seconds", "1e999", "seconds: found 1e999, expected a finite number.")]
    [InlineData("seconds", "1e12", "seconds: found 1000000000000, expected 0 to")]
    [InlineData("started", "\"12026-01-31\"", "started: found &quot;12026-01-31&quot;, expected a time from 1970 on")]
    [InlineData("id", "\"another\"", "id: found another, expected ")]
    [InlineData("metrics", "{\"ndcg@100\":null}", "metrics.ndcg@100: found null, expected a finite number.")]
    [InlineData("machine", "[]", "machine: found a list, expected an object.")]
    [InlineData("description", "{\"kind\":\"train\",\"name\":\"x\",\"options\":{\"l2\":null}}", "description.options.l2: found null, expected a text.")]
    public async Task EveryPage_BesideADamagedRun_ShowsTheOthers_AndNamesIt(string member, string value, string expected)
    {
        await using var server = await TestDashboard.StartAsync(4);
        Run[] runs = [.. server.Store.All()];
        var (bad, good, other) = (runs[0].Id, runs[1].Id, runs[2].Id);
        Change(server.Store, bad, member, JsonNode.Parse(value));

        (await GetAsync(server, "")).ShouldSatisfyAllConditions(p => p.ShouldContain(good), p => p.ShouldContain($"<strong>{bad}</strong> cannot be read: "), p => p.ShouldContain(expected.Replace("'", "&#x27;", StringComparison.Ordinal)));
        (await GetAsync(server, $"run/{bad}")).ShouldContain(expected);
        foreach (string page in (string[])[$"run/{good}", $"run/{good}?with={bad}", "best", $"compare?runs={good},{other},{bad}", $"compare?of={bad}", "?q=ndcg%40100%3E0&sort=-metric"])
        {
            (await GetAsync(server, page)).ShouldNotContain("unhandled");
        }
    }

    [Theory]
    [InlineData("1e308")]
    [InlineData("-1e308")]
    [InlineData("1e200")]
    public async Task EveryPage_OverFiguresOfAnySize_IsDrawn(string huge)
    {
        await using var server = await TestDashboard.StartAsync(4);
        Run[] runs = [.. server.Store.All()];
        var (bad, good) = (runs[0].Id, runs[1].Id);
        Change(server.Store, bad, "metrics", new JsonObject(((string[])["ndcg@100", "ndcg@100/stderr", "fit_seconds", "peak_bytes", "epochs", "validation/ndcg@100"]).Select(n => KeyValuePair.Create(n, JsonNode.Parse(huge)))));
        string line = $"\"time\":\"2026-01-01T00:00:00Z\",\"loss\":{huge},\"loss/kl\":{huge},\"validation/ndcg@100\":{huge},\"train_seconds\":{huge},\"memory_bytes\":{huge},\"processors\":{huge}}}\n";
        File.WriteAllText(server.Store.MetricsOf(bad), $"{{\"step\":1,\"epoch\":1,{line}{{\"step\":9223372036854775807,\"epoch\":2147483647,{line}");
        foreach (string page in (string[])["", $"run/{bad}", $"run/{good}?with={bad}", "best", $"compare?runs={good},{bad}", $"compare?runs={good},{bad}&metric=fit_seconds", "?sort=-metric", "?sort=duration"])
        {
            (await GetAsync(server, page)).ShouldNotContain("unhandled");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EveryPage_KnowsTheBest_ByWhatTheRunsSayOfTheirMetric(bool lower)
    {
        // A metric of a plug-in that the dashboard does not have.
        await using var server = await TestDashboard.StartAsync();
        using var parent = server.Store.Begin(Description("compare", "compare", null));
        Write("least", 0.125);
        Write("most", 0.875);
        using var running = server.Store.Begin(Description("train", "running", null) with { Data = null });
        running.Measures(new Dictionary<string, bool> { ["odd@5"] = lower });
        Log(running, 1, 0.25);
        Log(running, 2, 0.5);
        Log(running, 3, 0.375);
        string[] order = lower ? ["least", "most"] : ["most", "least"];
        string best = await GetAsync(server, "best");
        WebUtility.HtmlDecode(best).ShouldContain($"odd@5 {(lower ? "↓" : "↑")}");
        Places(best, order).ShouldBeInOrder();
        Places(await GetAsync(server, $"run/{parent.Id}"), order).ShouldBeInOrder();
        Places(await GetAsync(server, $"compare?of={parent.Id}&metric=odd%405"), order).ShouldNotContain(-1);
        RunCharts.Of(MetricsFile.Read(server.Store.MetricsOf(running.Id)), [], server.Store.Get(running.Id))[0].Words.Single().Text.ShouldBe($"best {(lower ? "0.2500" : "0.5000")}");
        string list = await GetAsync(server, "");
        list.ShouldContain(lower ? "0.1250" : "0.8750", customMessage: "of a comparison the best within it");
        list.ShouldNotContain(lower ? "0.8750" : "0.1250");
        list.ShouldContain(lower ? "0.2500" : "0.5000", customMessage: "of one that runs the best so far");

        RunDescription Description(string kind, string name, string? of) => new()
        {
            Kind = kind,
            Name = name,
            Model = kind == "fit" ? name : null,
            Parent = of,
            Data = new RunData("demo", null, 1, 1, 1),
            Protocol = "strong",
        };

        void Write(string name, double value)
        {
            using var run = server.Store.Begin(Description("fit", name, parent.Id));
            run.Measures(new Dictionary<string, bool> { ["odd@5"] = lower });
            run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["odd@5"] = value }));
        }

        static void Log(StoredRun run, int epoch, double value) =>
            run.Log(new RunMetrics(epoch, epoch, DateTimeOffset.UnixEpoch.AddSeconds(epoch), new Dictionary<string, double> { ["loss"] = 1, ["validation/odd@5"] = value }));

        // Where the names of models stand in the table of figures.
        static int[] Places(string page, string[] names) => [.. names.Select(n => page.LastIndexOf($">{n}<", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task ARun_WhoseFiguresOrLogCannotBeRead_IsShownWithTheReason()
    {
        await using var server = await TestDashboard.StartAsync(4);
        string id = server.Store.All()[0].Id;
        File.AppendAllText(server.Store.MetricsOf(id), "{\"step\":2,\"loss\":1e999}\n");
        (await GetAsync(server, $"run/{id}")).ShouldContain("found {&quot;step&quot;:2,&quot;loss&quot;:1e999}, expected an object of numbers");
        (await GetAsync(server, "best")).ShouldContain("Best run of each model");
    }

    [Fact]
    public async Task Artifacts_BehindLinks_AreNeitherListedNorSent()
    {
        await using var server = await TestDashboard.StartAsync(4);
        string[] ids = [.. server.Store.All().Select(r => r.Id)];
        string outside = Directory.CreateTempSubdirectory("encore-outside-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(outside, "secret.txt"), "the secret");

            // A file and a folder among the artefacts, the artefacts themselves, the log, and a whole run.
            string own = server.Store.ArtifactsOf(ids[0]);
            Directory.CreateDirectory(own);
            File.WriteAllText(Path.Combine(own, "plain.txt"), "plain");
            File.CreateSymbolicLink(Path.Combine(own, "file.txt"), Path.Combine(outside, "secret.txt"));
            Directory.CreateSymbolicLink(Path.Combine(own, "folder"), outside);
            Replace(server.Store.ArtifactsOf(ids[1]), outside);
            Replace(server.Store.LogOf(ids[2]), Path.Combine(outside, "secret.txt"));
            string copy = Path.Combine(outside, ids[3]);
            Directory.Move(server.Store.FolderOf(ids[3]), copy);
            Directory.CreateDirectory(Path.Combine(copy, "artifacts"));
            File.WriteAllText(Path.Combine(copy, "artifacts", "secret.txt"), "the secret");
            Directory.CreateSymbolicLink(server.Store.FolderOf(ids[3]), copy);

            (await GetAsync(server, $"run/{ids[0]}/artifacts/plain.txt")).ShouldBe("plain");
            foreach (string path in (string[])[$"run/{ids[0]}/artifacts/file.txt", $"run/{ids[0]}/artifacts/folder/secret.txt", $"run/{ids[1]}/artifacts/secret.txt", $"run/{ids[3]}/artifacts/secret.txt",
                $"run/{ids[0]}/artifacts/..%2frun.json", $"run/{ids[0]}/artifacts/%2fetc%2fpasswd", $"run/..%2f{Path.GetFileName(outside)}/artifacts/secret.txt"])
            {
                using var answer = await server.Client.GetAsync(path, TestContext.Current.CancellationToken);
                answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            }

            foreach (string page in (string[])["", .. ids.Select(id => $"run/{id}")])
            {
                (await GetAsync(server, page)).ShouldSatisfyAllConditions(p => p.ShouldNotContain("the secret"), p => p.ShouldNotContain("artifacts/secret.txt"), p => p.ShouldNotContain("artifacts/file.txt"));
            }
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    private static async Task<string> GetAsync(TestDashboard server, string path)
    {
        using var answer = await server.Client.GetAsync(path, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {text}");
        return text;
    }

    private static void Replace(string path, string target)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        File.Delete(path);
        File.CreateSymbolicLink(path, target);
    }

    private static void Change(RunStore store, string id, string member, JsonNode? value)
    {
        string path = Path.Combine(store.FolderOf(id), "run.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[member] = value;
        File.WriteAllText(path, json.ToJsonString());
    }
}
