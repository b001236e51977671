using System.Text.Json.Nodes;
using Encore.Runs;
using Encore.Tracking;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Encore.Cli.Tests;

/// <summary><c>--plugin</c>: code from outside, compiled here, in every command and in what runs record.</summary>
[Collection(ToolCollection.Name)]
public sealed class PluginTests : IDisposable
{
    private const string Usings = "using System; using System.Collections.Generic; using System.Linq; using System.Threading; using Encore; using Encore.Experiments; using Encore.Metrics; using Encore.Storage;\n";

    // Popularity to a power, and a metric that says whether anything was found at all.
    private const string Source = Usings + """
        [assembly: System.Reflection.AssemblyVersion("1.2.0.0")]
        [assembly: EncorePlugin(typeof(My.Plugin))]
        namespace My;

        public sealed class Plugin : IEncorePlugin
        {
            public void Register(Registry registry)
            {
                registry.Models.Register<Powered, PoweredOptions>("powered", "Powered popularity", "nobody", o => new Powered(o), search: [("power", "0.5..2")]);
                registry.Metrics.Register("found", k => new Found(k));
                registry.Metrics.Register("missed", k => new Missed(k));
            }
        }

        public sealed record PoweredOptions
        {
            [Option("the power", Minimum = 0)]
            public double Power { get; init; } = 1;
        }

        public sealed class Powered(PoweredOptions options) : IRecommender, IStoredModel
        {
            private float[] _scores = [];
            public string Name => "Powered";
            public IdMap Items { get; private set; } = null!;
            public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["power"] = options.Power.ToString("R", System.Globalization.CultureInfo.InvariantCulture) };

            public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
            {
                Items = data.Interactions.Items;
                _scores = new float[Items.Count];
                for (int u = 0; u < data.Interactions.Users.Count; u++)
                {
                    foreach (int i in data.Interactions.Csr.RowIndices(u)) _scores[i]++;
                }
                for (int i = 0; i < _scores.Length; i++) _scores[i] = MathF.Pow(_scores[i], (float)options.Power);
            }

            public void Score(Histories histories, Span<float> scores)
            {
                for (int r = 0; r < histories.Count; r++) _scores.CopyTo(scores.Slice(r * Items.Count));
            }

            public void Write(TensorWriter writer) => writer.Add("scores", _scores, _scores.Length);
            public void Read(TensorReader reader, StoredContext context) => (Items, _scores) = (context.Items, reader.Finite("scores", context.Items.Count));
        }

        public sealed class Found(int k) : RankingMetric("found", k), IUserPass
        {
            public override bool LowerIsBetter => false;
            public override IMetricPass Begin(MetricContext context) => this;
            public double OfUser(in RankedList list) => list.First(K).Relevant.Contains(true) ? 1 : 0;
        }

        public sealed class Missed(int k) : RankingMetric("missed", k), IUserPass
        {
            public override bool LowerIsBetter => true;
            public override IMetricPass Begin(MetricContext context) => this;
            public double OfUser(in RankedList list) => list.First(K).Relevant.Contains(true) ? 0 : 1;
        }
        """;

    private readonly TemporaryFolder _folder = new();

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Plugin_ItsModelAndMetric_AreInEveryCommand()
    {
        string plugin = Compile("My", Source), model = _folder["powered.encore"];
        (await Cli.RunAsync("models", "--plugin", plugin)).Output.ShouldContain("Powered popularity");
        var trained = await Cli.RunAsync("train", "powered", "--set", "power=0.5", "--out", model, "--plugin", plugin, "--runs", Store.Folder, "-q");
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        var compared = await Cli.RunAsync("--plugin", plugin, "compare", "--models", "popularity,powered", "--metrics", "found@5,ndcg@100", "--runs", Store.Folder, "--output", "json", "-q");
        compared.Code.ShouldBe(Tool.Success, compared.Error);
        compared.Metrics()["powered"].ShouldContain("found@5");
        (await Cli.RunAsync("tune", "powered", "--trials", "2", $"--plugin={plugin}", "--runs", Store.Folder, "-q")).Code.ShouldBe(Tool.Success);
        (await Cli.RunAsync("recommend", model, "--history", "i1", "--plugin", plugin)).Code.ShouldBe(Tool.Success);
        (await Cli.RunAsync("evaluate", model, "--plugin", plugin)).Output.ShouldContain("ndcg@100");
        (await Cli.RunAsync("config", "schema", "--plugin", plugin)).Output.ShouldContain("\"powered\"");
        foreach (var run in Store.All().Where(r => r.Description.Parent is null))
        {
            RunHost.ConfigOf(run, Loaded(plugin))!.Plugins.ShouldHaveSingleItem().ShouldMatch("^My 1\\.2\\.0 sha256:[0-9a-f]{64}$");
        }

        (await Cli.RefusedAsync(Tool.Usage, "train", "powered")).ShouldContain("No model is named powered");
        (await Cli.RefusedAsync(Tool.Failure, "recommend", model, "--history", "i1")).ShouldContain("powered");
    }

    [Fact]
    public async Task Metric_ThatIsBetterWhereLower_RanksAComparison_AndItsRunsSaySoWithoutThePlugin()
    {
        string plugin = Compile("My", Source);
        var compared = await Cli.RunAsync("compare", "--plugin", plugin, "--models", "popularity,ease", "--metrics", "missed@5,ndcg@100", "--runs", Store.Folder, "-q");
        compared.Code.ShouldBe(Tool.Success, compared.Error);
        var parent = Store.All().Single(r => r.Description.Parent is null);
        var (popularity, ease) = (Fit("popularity"), Fit("ease"));
        ease.Metrics["missed@5"].ShouldBeLessThan(popularity.Metrics["missed@5"]);
        foreach (var run in (Run[])[parent, popularity, ease])
        {
            run.LowerIsBetter.ShouldBe(new Dictionary<string, bool> { ["missed@5"] = true, ["ndcg@100"] = false });
        }

        parent.Metrics["missed@5"].ShouldBe(ease.Metrics["missed@5"], "a comparison's own figure is its best model's");
        Result(ease)["report"]!["lowerIsBetter"]!["missed@5"]!.GetValue<bool>().ShouldBeTrue();

        // Without the plug-in.
        var sides = await Cli.RunAsync("runs", "compare", popularity.Id, ease.Id, "--runs", Store.Folder);
        sides.Output.ShouldContain("lower is better: missed@5");
        string row = sides.Output.Split('\n').Single(l => l.StartsWith("│ missed@5 ", StringComparison.Ordinal));
        row.ShouldMatch(@"│ +0\.\d{4} │ +0\.\d{4} \* │$", "the lower value is marked");

        Run Fit(string model) => Store.All().Single(r => r.Description is { Kind: "fit" } d && d.Model == model);
    }

    [Fact]
    public async Task Metric_ThatIsBetterWhereLower_SelectsEpochs_AndStopsEarly()
    {
        string plugin = Compile("My", Source);
        var trained = await Cli.RunAsync(
            "train", "mult-dae", "--plugin", plugin, "--set", "metric=missed@20", "--set", "layers=32", "--set", "epochs=60", "--set", "learning-rate=0.02", "--set", "patience=2", "--runs", Store.Folder, "-q");
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        var run = Store.All().Single();
        (await Cli.RunAsync("train", "popularity", "--runs", Store.Folder, "-q")).Code.ShouldBe(Tool.Success);
        run.LowerIsBetter["missed@20"].ShouldBeTrue();
        run.LowerIsBetter["ndcg@100"].ShouldBeFalse();
        var training = Result(run)["training"]!;
        double[] values = [.. training["epochs"]!.AsArray().Select(e => e!["metricValue"]!.GetValue<double>())];
        values.Distinct().Count().ShouldBeGreaterThan(1);
        int best = Array.IndexOf(values, values.Min()) + 1;
        training["bestEpoch"]!.GetValue<int>().ShouldBe(best);
        run.Metrics["validation/missed@20"].ShouldBe(values.Min());
        training["epochs"]!.AsArray().ShouldAllBe(e => e!["lowerIsBetter"]!.GetValue<bool>());
        training["stopped"]!.GetValue<string>().ShouldBe("patience");
        values.Length.ShouldBe(best + 2);
        var shown = await Cli.RunAsync("runs", "compare", run.Id, Store.All().Single(r => r.Id != run.Id).Id, "--runs", Store.Folder, "--output", "csv");
        shown.Code.ShouldBe(Tool.Success, shown.Error);
        shown.Output.ShouldContain(FormattableString.Invariant($"curve: epoch of the best,{best}"));
    }

    [Fact]
    public async Task Metric_ThatIsBetterWhereLower_TunesANetwork()
    {
        string plugin = Compile("My", Source);
        var tuned = await Cli.RunAsync(
            "tune", "mult-dae", "--plugin", plugin, "--metric", "missed@20", "--trials", "4", "--space", "dropout=0..0.9", "--set", "layers=32", "--set", "epochs=3", "--runs", Store.Folder, "--output", "json", "-q");
        tuned.Code.ShouldBe(Tool.Success, tuned.Error);
        var trials = Store.All().Where(r => r.Description.Kind == "trial").ToArray();
        trials.Length.ShouldBe(4);
        trials.ShouldAllBe(t => t.LowerIsBetter["missed@20"]);
        double best = trials.Min(t => t.Metrics["validation/missed@20"]);
        tuned.Json.GetProperty("validation").GetDouble().ShouldBe(best);
        tuned.Json.GetProperty("lowerIsBetter").GetBoolean().ShouldBeTrue();
        trials.Max(t => t.Metrics["validation/missed@20"]).ShouldBeGreaterThan(best);
        var run = Store.All().Single(r => r.Description.Kind == "tune");
        run.Metrics["validation/missed@20"].ShouldBe(best);
        run.LowerIsBetter["missed@20"].ShouldBeTrue();
    }

    [Fact]
    public async Task Resume_OfARunWithAPlugin_AsksForItAgain_AndTakesNoOther()
    {
        string plugin = Compile("My", Source);
        (await Cli.RunAsync("train", "powered", "--plugin", plugin, "--runs", Store.Folder, "-q")).Code.ShouldBe(Tool.Success);
        string id = Store.All().Single().Id, path = Path.Combine(Store.FolderOf(id), "run.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"Finished\"", "\"Stopped\"", StringComparison.Ordinal));
        string refused = await Cli.RefusedAsync(Tool.Usage, "runs", "resume", id, "--runs", Store.Folder);
        refused.ShouldStartWith("--plugin: the run needs the plug-in My 1.2.0 sha256:");
        refused.ShouldEndWith($"and it is not loaded. Pass it: encore runs resume {id} --plugin My.dll");
        Directory.CreateDirectory(_folder["other"]);
        string other = Compile("My", Source.Replace("1.2.0.0", "1.3.0.0", StringComparison.Ordinal), "other");
        (await Cli.RefusedAsync(Tool.Usage, "runs", "resume", id, "--runs", Store.Folder, "--plugin", other)).ShouldContain("and found My 1.3.0 sha256:");
        Store.Get(id).Resumed.ShouldBe(0);
        var resumed = await Cli.RunAsync("runs", "resume", id, "--runs", Store.Folder, "--plugin", plugin);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);
    }

    [Fact]
    public async Task Plugin_InCode_IsWhatAProgramRegisters()
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = await Tool.RunAsync(["protocols"], new Terminal(output, error, IsInteractive: false, 160), TestContext.Current.CancellationToken, registry =>
            registry.Protocols.Register("strong-too", options => new Renamed(options)));
        code.ShouldBe(Tool.Success, error.ToString());
        output.ToString().ShouldContain("strong-too");
    }

    [Theory]
    [InlineData("public My() => throw new System.NotSupportedException(\"not today\");", "", "My.dll: the plug-in could not register (NotSupportedException): not today")]
    [InlineData("", "throw new System.NotSupportedException(\"not today\");", "My.dll: the plug-in could not register (NotSupportedException): not today")]
    [InlineData("", "throw new System.IO.FileNotFoundException(\"no Dep\");", "no Dep Build the plug-in with <EnableDynamicLoading>")]
    public async Task Plugin_ThatThrows_IsNamed(string constructor, string register, string said)
    {
        string plugin = Compile("My", $$"""
            [assembly: Encore.Experiments.EncorePlugin(typeof(My))]
            public sealed class My : Encore.Experiments.IEncorePlugin
            {
                {{constructor}}
                public void Register(Encore.Experiments.Registry registry) { {{register}} }
            }
            """);
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", plugin)).ShouldContain(said);
    }

    [Fact]
    public async Task Plugin_ThatIsNone_IsRefusedInASentence()
    {
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", _folder["none.dll"])).ShouldContain("found no file");
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", _folder.Write("text.dll", "text"))).ShouldContain("found no assembly of .NET");
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", Compile("Bare", "public class Bare;"))).ShouldContain("expected a plug-in");
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", Compile("Nothing", "public class Nothing(Encore.IdMap map) { public object Map => map; }"))).ShouldContain("expected [assembly: EncorePlugin(");
    }

    [Theory]
    [InlineData("9.0.0.0", "built for Encore 9.0.0.0, expected 0.x")]
    [InlineData("0.1.0.0", "built for another release of Encore")]
    public async Task Plugin_OfAnotherRelease_IsRefused(string version, string said)
    {
        // An Encore that has a method which this one lacks.
        var encore = Compilation("Encore", $$"""
            [assembly: System.Reflection.AssemblyVersion("{{version}}")]
            namespace Encore.Experiments;
            public sealed class Registry { public void Later() { } }
            public interface IEncorePlugin { void Register(Registry registry); }
            public sealed class EncorePluginAttribute(System.Type type) : System.Attribute { public System.Type Type { get; } = type; }
            """, []);
        string plugin = Compile("Later", """
            [assembly: Encore.Experiments.EncorePlugin(typeof(Later))]
            public sealed class Later : Encore.Experiments.IEncorePlugin { public void Register(Encore.Experiments.Registry registry) => registry.Later(); }
            """, "", encore.ToMetadataReference());
        (await Cli.RefusedAsync(Tool.Failure, "models", "--plugin", plugin)).ShouldContain(said);
    }

    private JsonNode Result(Run run) => JsonNode.Parse(File.ReadAllText(Path.Combine(Store.FolderOf(run.Id), "result.json")))!;

    private static RunKinds Loaded(string plugin)
    {
        var registry = new Experiments.Registry();
        var identity = Plugins.Load(plugin, registry);
        return new RunKinds(registry) { Plugins = [identity] };
    }

    private string Compile(string name, string source, string folder = "", MetadataReference? encore = null)
    {
        string path = _folder[Path.Combine(folder, name + ".dll")];
        var result = Compilation(name, source, encore is null ? Encore() : [encore]).Emit(path);
        result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()).ShouldBeEmpty();
        return path;
    }

    private static IEnumerable<MetadataReference> Encore() => Trusted().Where(p => Path.GetFileName(p) is "Encore.dll" or "Encore.Numerics.dll").Select(p => MetadataReference.CreateFromFile(p));

    private static string[] Trusted() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    private static CSharpCompilation Compilation(string name, string source, IEnumerable<MetadataReference> references) => CSharpCompilation.Create(
        name, [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest))],
        [.. references, .. Trusted().Where(p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(p) == "netstandard.dll").Select(p => MetadataReference.CreateFromFile(p))],
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    private sealed class Renamed(Splitting.ProtocolOptions options) : Splitting.Protocol
    {
        private readonly Splitting.Protocol _strong = Splitting.ProtocolCatalog.BuiltIn.Create("strong", options);

        public override string Name => "strong-too";

        public override string Summary => _strong.Summary;

        public override IReadOnlyList<string> DefaultMetrics => _strong.DefaultMetrics;

        public override Split Split(Interactions log, ulong seed) => _strong.Split(log, seed);
    }
}
