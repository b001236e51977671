using Encore.Experiments;
using Encore.Models;
using Encore.Splitting;
using Encore.Storage;
using Encore.Tests.Models;

namespace Encore.Tests;

/// <summary>What is added from outside is found, stored and checked like Encore's own.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-registry").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Register_ModelOfOnesOwn_IsStoredAndComesBack()
    {
        var registry = new Registry();
        var entry = registry.Models.Register<Constant, ConstantOptions>(
            "constant", "Constant", "none", o => new(o), format: 2, search: [("level", "0..1")]);
        entry.Options.Single().Kind.ShouldBe(OptionKind.Number);
        var model = entry.Create(new Dictionary<string, string> { ["level"] = "0.25" });
        model.Fit(TestMatrix.Random(1, 6, 5));
        string path = Path.Combine(_folder, "m.encore");
        ModelFile.Save(path, model, models: registry.Models);

        var file = ModelFile.Load(path, models: registry.Models);
        var loaded = file.Model.ShouldBeOfType<Constant>();
        (loaded.Level, loaded.ReadFormat, loaded.Items.Count).ShouldBe((0.25, 2, 5));

        // Without it the file says which assembly to ask for, and loads nothing.
        Should.Throw<InvalidDataException>(() => ModelFile.Load(path)).Message.ShouldContain("it was written by a model of the assembly Encore.Tests");
        Should.Throw<ArgumentException>(() => ModelFile.Save(path, model)).Message.ShouldContain("in the catalogue");

        // A later format is refused with what was found and expected.
        var older = new ModelCatalog();
        older.Register<Constant, ConstantOptions>("constant", "Constant", "none", o => new(o));
        Should.Throw<InvalidDataException>(() => ModelFile.Load(path, models: older)).Message.ShouldContain("found format 2 of the model constant, expected 1 to 1");
    }

    [Fact]
    public void Register_WrongModels_AreRefused()
    {
        var models = new ModelCatalog();
        int before = models.All.Count;
        Should.Throw<ArgumentException>(() => models.Register<Constant, ConstantOptions>("ease", "x", "x", o => new(o))).Message.ShouldContain("already");
        Should.Throw<ArgumentException>(() => models.Register<Constant, ConstantOptions>("My Model", "x", "x", o => new(o))).Message.ShouldContain("lower-case");
        Should.Throw<ArgumentException>(() => models.Register<Ease, EaseOptions>("ease-2", "x", "x", o => new(o))).Message.ShouldContain("registered already, as ease");
        Should.Throw<ArgumentException>(() => models.Register<Neither, ConstantOptions>("neither", "x", "x", _ => new())).Message.ShouldContain("neither an IRecommender nor an IRatingPredictor");
        Should.Throw<ArgumentException>(() => models.Register<Constant, ConstantOptions>("constant", "x", "x", o => new(o), search: [("lvl", "0..1")])).Message.ShouldContain("expected one of its options: level");
        Should.Throw<InvalidOperationException>(() => ModelCatalog.BuiltIn.Register<Constant, ConstantOptions>("constant", "x", "x", o => new(o)));
        models.All.Count.ShouldBe(before);
    }

    [Fact]
    public void Register_ProtocolAndReader_AreFound()
    {
        var registry = new Registry();
        registry.Protocols.Register("halves", _ => new Halves());
        registry.Protocols.Create("halves").ShouldBeOfType<Halves>();
        registry.Protocols.Names.ShouldContain("strong");
        ProtocolCatalog.BuiltIn.Names.ShouldNotContain("halves");
        Should.Throw<ArgumentException>(() => registry.Protocols.Register("halves", _ => new Halves())).Message.ShouldContain("already");
        Should.Throw<ArgumentException>(() => registry.Protocols.Register("thirds", _ => new Halves())).Message.ShouldContain("'halves'");
        Should.Throw<InvalidOperationException>(() => ProtocolCatalog.BuiltIn.Register("halves", _ => new Halves()));

        registry.Readers.Register(new Pairs());
        registry.Readers.For("log.pairs").ShouldBeOfType<Pairs>();
        registry.Readers.For("log.csv").ShouldBeNull();
        Should.Throw<ArgumentException>(() => registry.Readers.Register(new Pairs()));
    }

    [Fact]
    public void Kinds_OfEveryOption_FitItsDefault()
    {
        var kinds = new HashSet<OptionKind>();
        foreach (var option in ModelCatalog.BuiltIn.All.SelectMany(m => m.Options))
        {
            kinds.Add(option.Kind);
            bool fits = option.Kind switch
            {
                OptionKind.Whole => int.TryParse(option.Default, out _),
                OptionKind.Number => double.TryParse(option.Default, out _),
                OptionKind.Flag => bool.TryParse(option.Default, out _),
                OptionKind.Word => option.Words.Contains(option.Default),
                OptionKind.Wholes => option.Default.Split(',').All(part => int.TryParse(part, out _)),
                _ => option.Words.Count == 0,
            };
            fits.ShouldBeTrue($"{option.Name} = {option.Default}: {option.Kind}");
        }

        kinds.ShouldBe(Enum.GetValues<OptionKind>(), ignoreOrder: true);
    }

    private sealed record ConstantOptions
    {
        [Option("the score of every item", Minimum = 0)]
        public double Level { get; init; } = 0.5;
    }

    private sealed class Constant(ConstantOptions options) : IRecommender, IStoredModel
    {
        private IdMap? _items;

        public double Level { get; } = options.Level;

        public int ReadFormat { get; private set; }

        public string Name => "constant";

        public IdMap Items => _items ?? throw new InvalidOperationException("not fitted");

        public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["level"] = Level.ToString(System.Globalization.CultureInfo.InvariantCulture) };

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default) => _items = data.Interactions.Items;

        public void Score(Histories histories, Span<float> scores) => scores.Fill((float)Level);

        public void Write(TensorWriter writer) => writer.Add("level", [Level]);

        public void Read(TensorReader reader, StoredContext context)
        {
            reader.Read<double>("level", 1)[0].ShouldBe(Level);
            (_items, ReadFormat) = (context.Items, context.Format);
        }
    }

    private sealed class Neither : IModel
    {
        public string Name => "neither";

        public IdMap Items => throw new NotSupportedException();

        public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
        {
        }
    }

    private sealed class Halves : Protocol
    {
        public override string Name => "halves";

        public override string Summary => "Half of each user's interactions.";

        public override IReadOnlyList<string> DefaultMetrics { get; } = ["ndcg@10"];

        public override Split Split(Interactions log, ulong seed) => throw new NotSupportedException();
    }

    private sealed class Pairs : IInteractionReader
    {
        public string Name => "pairs";

        public bool CanRead(string path) => path.EndsWith(".pairs", StringComparison.Ordinal);

        public Interactions Read(string path, ReadContext context, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
