using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Encore.Experiments;
using Encore.Recommending;

namespace Encore.Cli.Tests;

/// <summary>The built tool as a process of its own: exit codes, streams, and the signal behind Ctrl-C.</summary>
public sealed partial class ProcessTests
{
    private const int Sigint = 2;

    internal static readonly string Host = FindHost();

    [Fact]
    public async Task Encore_Json_LeavesNothingElseOnStandardOutput()
    {
        var (code, output, error) = await RunAsync("compare", "--models", "popularity,ease", "--output", "json");
        code.ShouldBe(0, error);
        error.ShouldMatch("^Run [0-9a-z-]+\n$");
        JsonDocument.Parse(output).RootElement.GetProperty("rows").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Encore_TableIntoAPipe_HasNoEscapeCodes()
    {
        var (code, output, error) = await RunAsync("compare", "--models", "popularity,ease");
        code.ShouldBe(0, error);
        output.ShouldContain("EASE λ=500");
        output.ShouldNotContain('\e');
    }

    [Theory]
    [InlineData(0, "--help")]
    [InlineData(0, "")]
    [InlineData(1, "compare --data nowhere.csv")]
    [InlineData(2, "compare --threads 0")]
    [InlineData(2, "compar")]
    public async Task Encore_ExitCode_TellsWhatHappened(int expected, string arguments)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        code.ShouldBe(expected);
        (expected == 0 ? error : output).ShouldBeEmpty();
    }

    [Fact]
    public async Task Encore_Interrupted_StopsCleanlyWith130()
    {
        SkipWhereNobodyIsInterrupted();
        using var folder = new TemporaryFolder();
        string results = folder["results"];
        using var process = Start("compare", "--models", "mult-dae:epochs=1000000", "--out", results);

        // The folder is made when the arguments are known to be right; the work comes next, and would take hours.
        while (!Directory.Exists(results) && !process.HasExited)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await Task.Delay(500, TestContext.Current.CancellationToken);
        process.HasExited.ShouldBeFalse();
        Kill(process.Id, Sigint).ShouldBe(0);
        var (code, output, error) = await EndAsync(process);
        code.ShouldBe(130);
        output.ShouldBeEmpty();
        error.ShouldMatch("^Run [0-9a-z-]+ can be resumed: encore runs resume [0-9a-z-]+\nStopped.\n$");
        Directory.GetFileSystemEntries(results).ShouldBeEmpty("no half a result");
    }

    [Fact]
    public async Task Train_KilledAtRandomTimesAndResumed_EndsWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["train", "mult-dae", "--set", "layers=50", "--set", "epochs=40", "--output", "json", "--quiet"];
        long start = Stopwatch.GetTimestamp();
        var straight = await RunAsync(command);
        straight.Code.ShouldBe(0, straight.Error);
        var whole = Stopwatch.GetElapsedTime(start);
        string[] resumable = [.. command, "--checkpoint", folder["state"], "--checkpoint-every", "0", "--resume"];

        // Any moment from the start to about the end, until some kills have come between two epochs' checkpoints.
        var rng = new Numerics.Rng(7);
        int inTraining = 0;
        for (int round = 0; round < 40 && inTraining < 4; round++)
        {
            using var process = Start(resumable);
            await Task.Delay(rng.NextDouble() * whole, TestContext.Current.CancellationToken);
            bool running = !process.HasExited;
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            inTraining += running && File.Exists(folder["state"]) ? 1 : 0;
        }

        inTraining.ShouldBeGreaterThan(0, "no kill came between the first checkpoint and the end");
        var resumed = await RunAsync(resumable);
        resumed.Code.ShouldBe(0, resumed.Error);
        Result(resumed.Output).ShouldBe(Result(straight.Output));

        static string Result(string output)
        {
            var json = JsonDocument.Parse(output).RootElement;
            var losses = json.GetProperty("epochs").EnumerateArray().Select(e => e.GetProperty("loss").GetRawText());
            return json.GetProperty("metrics").GetRawText() + string.Join(' ', losses);
        }
    }

    [Fact]
    public async Task Train_Interrupted_LeavesACheckpointAnd130()
    {
        SkipWhereNobodyIsInterrupted();
        using var folder = new TemporaryFolder();
        using var process = Start("train", "mult-dae", "--set", "epochs=100000", "--checkpoint", folder["state"]);
        await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken); // the first epoch has ended
        File.Exists(folder["state"]).ShouldBeFalse("the next checkpoint is due in 30 s");
        Kill(process.Id, Sigint).ShouldBe(0);
        (await EndAsync(process)).Code.ShouldBe(130);
        File.Exists(folder["state"]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("ease")]
    [InlineData("svae")]
    public async Task Train_OutThenRecommendElsewhere_GivesTheSameBits(string model)
    {
        using var folder = new TemporaryFolder();
        string file = folder["model.encore"], recommended = folder["recs.csv"];
        string[] small = model == "svae" ? ["--set", "epochs=1"] : [];
        (await RunAsync(["train", model, .. small, "--out", file, "--quiet"])).Code.ShouldBe(0);
        (await RunAsync("recommend", file, "--users", "demo", "--out", recommended, "--threads", "1")).Code.ShouldBe(0);

        // The same training in this process, which never writes a file.
        var split = Splitting.Protocols.Create("strong").Split(Encore.Data.DemoData.Generate().Interactions, 1);
        var fitted = (IRecommender)ModelCatalog.BuiltIn.Find(model).Create(model == "svae" ? new Dictionary<string, string> { ["epochs"] = "1" } : null);
        fitted.Fit(new TrainingData(split.Train) { Validation = split.Validation, WithValidation = split.TrainAndValidation }, new FitContext());
        var log = Encore.Data.DemoData.Generate().Interactions;
        var seen = log.ToMatrix().WithItems(fitted.Items);
        var histories = seen.AtLeast(4);
        var expected = new List<string> { Encore.Data.RecommendationFile.Columns };
        var answers = new Recommender(fitted).Recommend(new Histories(histories, 0, histories.Users.Count), null, new Histories(seen, 0, histories.Users.Count));
        for (int u = 0; u < answers.Count; u++)
        {
            expected.AddRange(answers[u].Select((r, k) => FormattableString.Invariant($"{histories.Users[u]},{r.Item},{k + 1},{r.Score:R},")));
        }

        (await File.ReadAllLinesAsync(recommended, TestContext.Current.CancellationToken)).ShouldBe(expected);
    }

    [Fact]
    public async Task Serve_Terminated_AnswersUntilItStopsAndEndsWith0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        const int Sigterm = 15;
        using var folder = new TemporaryFolder();
        (await RunAsync("train", "ease", "--out", folder["ease.encore"], "--quiet")).Code.ShouldBe(0);
        using var process = Start("serve", folder["ease.encore"], "--port", "0");
        string line = await LineAsync(process, "Serving ");
        string address = line.Split(" at ")[1].Split(' ')[0];
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(address + "/readyz"), TestContext.Current.CancellationToken)).ShouldBe("ready");
        (await client.GetStringAsync(new Uri(address + "/"), TestContext.Current.CancellationToken)).ShouldContain("Encore explorer");
        Kill(process.Id, Sigterm).ShouldBe(0);
        (await EndAsync(process)).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Dashboard_Terminated_ShowsRunsUntilItStopsAndEndsWith0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        const int Sigterm = 15;
        using var folder = new TemporaryFolder();
        (await RunAsync("train", "ease", "--runs", folder["runs"], "--quiet")).Code.ShouldBe(0);
        using var process = Start("dashboard", "--runs", folder["runs"], "--port", "0");
        string line = await LineAsync(process, "Runs of ");
        string address = line.Split(" at ")[1].Split(". ")[0];
        using var client = new HttpClient();
        string run = Path.GetFileName(Directory.GetDirectories(folder["runs"]).Single());
        (await client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken)).ShouldContain($"run/{run}");
        Kill(process.Id, Sigterm).ShouldBe(0);
        (await EndAsync(process)).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Serve_JsonLog_IsAllThatStandsOnStandardError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        const int Sigterm = 15;
        using var folder = new TemporaryFolder();
        (await RunAsync("train", "ease", "--out", folder["ease.encore"], "--quiet")).Code.ShouldBe(0);
        string keys = folder.Write("keys", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("hush"u8)));
        using var process = Start("serve", folder["ease.encore"], "--port", "0", "--keys", keys, "--log-format", "json", "--path-base", "/encore", "--map");
        var events = new List<JsonElement>();
        var listening = await EventAsync("Listening");
        string url = listening.GetProperty("State").GetProperty("Urls").GetString()!;
        url.ShouldEndWith("/encore");
        listening.GetProperty("State").GetProperty("Hosts").GetString()!.ShouldContain("localhost");
        using var client = new HttpClient();
        (await client.GetAsync(new Uri(url + "/v1/model?key=hush"), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
        var refused = await EventAsync("RequestFailed");
        refused.GetProperty("LogLevel").GetString().ShouldBe("Warning");
        refused.GetProperty("State").GetProperty("Status").GetInt32().ShouldBe(401);
        refused.GetProperty("State").GetProperty("Path").GetString().ShouldBe("/encore/v1/model");
        var loaded = events.Single(e => e.GetProperty("Category").GetString()!.EndsWith("ModelSlot", StringComparison.Ordinal));
        loaded.GetProperty("State").GetProperty("Model").GetString().ShouldBe("ease");
        loaded.GetProperty("State").GetProperty("Version").GetInt32().ShouldBe(1);
        await EventAsync("FilesMapped");
        File.WriteAllText(folder["ease.encore.new"], "no model");
        File.Move(folder["ease.encore.new"], folder["ease.encore"], overwrite: true);
        (await EventAsync("ModelLoadFailed")).GetProperty("LogLevel").GetString().ShouldBe("Error");
        Kill(process.Id, Sigterm).ShouldBe(0);
        var (code, output, rest) = await EndAsync(process);
        code.ShouldBe(0);
        output.ShouldBeEmpty();
        (rest + string.Join('\n', events)).ShouldNotContain("hush");

        // Events are told apart by their ids: docs/serving.md has the table.
        async Task<JsonElement> EventAsync(string name)
        {
            int id = name switch { "RequestFailed" => 1, "Listening" => 10, "FilesMapped" => 12, "ModelLoadFailed" => 21, _ => throw new ArgumentException(name) };
            while (true)
            {
                if (events.FirstOrDefault(e => e.GetProperty("EventId").GetInt32() == id) is { ValueKind: JsonValueKind.Object } found)
                {
                    return found;
                }

                string line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new ShouldAssertException($"no event {name}");
                events.Add(JsonDocument.Parse(line).RootElement);
            }
        }
    }

    [Fact]
    public async Task Serve_WhatCannotStart_SaysSoInOneLine()
    {
        using var folder = new TemporaryFolder();
        (await RunAsync("train", "popularity", "--out", folder["p.encore"], "--quiet")).Code.ShouldBe(0);
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        string port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string empty = folder.Write("keys", "# none yet\n\n");
        foreach (var (expected, message, arguments) in ((int, string, string[])[])
        [
            (1, $"Cannot listen on 127.0.0.1:{port}: another process uses", ["serve", folder["p.encore"], "--port", port]),
            (1, $"Cannot listen on 127.0.0.1:{port}: another process uses", ["dashboard", "--runs", folder["runs"], "--port", port]),
            (1, "holds no key digest", ["serve", folder["p.encore"], "--keys", empty]),
            (2, "found no file", ["serve", folder["p.encore"], "--keys", folder["none"]]),
            (1, "cannot be resolved", ["serve", folder["p.encore"], "--host", "nowhere.invalid"]),
            (2, "expected 0.0.0.0 for all", ["serve", folder["p.encore"], "--host", "*"]),
            (2, "expected 0.0.0.0 for all", ["dashboard", "--runs", folder["runs"], "--host", "*"]),
            (2, "--port: found 70000", ["dashboard", "--runs", folder["runs"], "--port", "70000"]),
            (2, "expected text or json", ["serve", folder["p.encore"], "--log-format", "xml"]),
        ])
        {
            var (code, _, error) = await RunAsync(arguments);
            string[] lines = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.Contains("Serves model", StringComparison.Ordinal))];
            lines.ShouldHaveSingleItem().ShouldStartWith("error: ");
            lines[0].ShouldContain(message);
            code.ShouldBe(expected, error);
        }
    }

    // Log lines may stand before it.
    private static async Task<string> LineAsync(Process process, string start)
    {
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new ShouldAssertException($"The process ended without a line that starts with {start}.");
    }

    private static void SkipWhereNobodyIsInterrupted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends Ctrl-C to a whole console, this test among it.");
        const ulong Bit = 1UL << (Sigint - 1);
        string? ignored = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        Assert.SkipWhen(
            ignored is not null && (ulong.Parse(ignored["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Bit) != 0,
            "Ctrl-C is ignored in what a shell's background job starts, this test among it.");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var process = Start(args);
        return await EndAsync(process);
    }

    private static Process Start(params string[] args)
    {
        var info = new ProcessStartInfo(Host, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["ENCORE_CACHE"] = Path.Combine(Path.GetTempPath(), "encore-test-no-cache");
        return Process.Start(info)!;
    }

    private static async Task<(int Code, string Output, string Error)> EndAsync(Process process)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    // artifacts/bin/Encore.Cli.Tests/release/ → artifacts/bin/Encore.Tool/release*/encore
    private static string FindHost()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string configuration = here.Name.Split('_')[0];
        string tool = Path.Combine(here.Parent!.Parent!.FullName, "Encore.Tool");
        return Directory.EnumerateFiles(tool, OperatingSystem.IsWindows() ? "encore.exe" : "encore", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(tool, file).StartsWith(configuration, StringComparison.Ordinal))
            .MaxBy(File.GetLastWriteTimeUtc) ?? throw new FileNotFoundException($"Found no built encore below {tool}.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
