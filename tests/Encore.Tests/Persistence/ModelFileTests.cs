using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Encore.Experiments;
using Encore.Models;
using Encore.Tests.Models;

namespace Encore.Tests.Persistence;

/// <summary>Every model of the catalogue comes back from its file with the same bits, and the file is what the published
/// format says.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-model").FullName;

    public static TheoryData<string, bool> Models
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var entry in ModelCatalog.BuiltIn.All)
            {
                data.Add(entry.Name, true);
                data.Add(entry.Name, false);
            }

            return data;
        }
    }

    /// <summary>Options that change what is stored.</summary>
    public static TheoryData<string, string> Variants => new()
    {
        { "ease", "precision=double" },
        { "ease", "keep-gram=true" },
        { "edlae", "precision=double" },
        { "mdae", "layers=3" },
        { "mdae", "layers=2;precision=double" },
        { "autorec", "by=user;hidden=8,5" },
        { "autorec", "by=item;centre=true" },
        { "deeprec", "layers=8,4,8;tied=true" },
        { "mult-vae", "layers=9" },
        { "mult-vae", "layers=9,5;decoder=linear" },
        { "dae", "layers=12,6;tied=true" },
        { "cdae", "tied=true" },
        { "sdae", "pretraining=mdae;layers=9,4" },
        { "svae", "max-length=3" },
        { "recvae", "hidden=9" },
    };

    private string File => Path.Combine(_folder, "model.encore");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_EveryModel_AnswersWithTheSameBits(string name, bool map) => RoundTrip(name, [], map);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Load_Variant_AnswersWithTheSameBits(string name, string options) => RoundTrip(
        name, options.Split(';').Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]), map: true);

    private void RoundTrip(string name, Dictionary<string, string> options, bool map)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        if (entry.IsIterative)
        {
            options["epochs"] = "2";
        }

        // User 2 has no history, item 3 no training user.
        var train = TestMatrix.Random(7, 31, 23, valued: entry.NeedsRatings);
        var model = entry.Create(options);
        Fit(model, train);
        ModelFile.Save(File, model);
        var file = ModelFile.Load(File, map);

        file.Entry.ShouldBe(entry);
        file.Title.ShouldBe((model as IRecommender)?.Name ?? ((IRatingPredictor)model).Name);
        foreach (var (option, value) in options)
        {
            file.Options[option].ShouldBe(value);
        }

        if (model is IRecommender recommender)
        {
            var loaded = (IRecommender)file.Model;
            loaded.Items.HasSameIds(train.Items).ShouldBeTrue();
            Bits(TestMatrix.Scores(loaded, train)).ShouldBe(Bits(TestMatrix.Scores(recommender, train)));
            var strangers = new InteractionMatrix(TestMatrix.Ids(1000, 31), train.Items, train.Csr);
            Bits(TestMatrix.Scores(loaded, strangers)).ShouldBe(Bits(TestMatrix.Scores(recommender, strangers)));
        }

        if (model is IRatingPredictor predictor)
        {
            Bits(Predictions((IRatingPredictor)file.Model, train)).ShouldBe(Bits(Predictions(predictor, train)));
        }
    }

    [Fact]
    public void Save_Twice_GivesTheSameFile()
    {
        SaveEase(File);
        byte[] first = System.IO.File.ReadAllBytes(File);
        SaveEase(File);
        System.IO.File.ReadAllBytes(File).ShouldBe(first);
        Directory.GetFiles(_folder).ShouldBe([File]); // nothing temporary is left
    }

    /// <summary>Reads a file by the published layout alone: length, JSON header, little-endian numbers in C order.</summary>
    [Fact]
    public void Save_Ease_IsSafetensorsAsPublished()
    {
        var model = SaveEase(File);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, length));
        var data = bytes.AsMemory(8 + length);
        long end = 0;
        foreach (var tensor in header.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__"))
        {
            long[] offsets = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
            long numbers = tensor.Value.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, side) => product * side.GetInt64());
            int size = tensor.Value.GetProperty("dtype").GetString() switch { "F32" or "I32" => 4, "I64" or "F64" => 8, "U8" => 1, _ => 0 };
            offsets[0].ShouldBe(end, "no gaps, no overlap");
            (offsets[1] - offsets[0]).ShouldBe(numbers * size);
            ((8 + length + offsets[0]) % size).ShouldBe(0, "aligned");
            end = offsets[1];
        }

        end.ShouldBe(data.Length);
        var metadata = header.RootElement.GetProperty("__metadata__");
        metadata.EnumerateObject().ShouldAllBe(p => p.Value.ValueKind == JsonValueKind.String);
        metadata.GetProperty("model").GetString().ShouldBe("ease");

        var weights = header.RootElement.GetProperty("weights");
        weights.GetProperty("dtype").GetString().ShouldBe("F32");
        int n = weights.GetProperty("shape")[0].GetInt32();
        int at = (int)weights.GetProperty("data_offsets")[0].GetInt64();
        var values = MemoryMarshal.Cast<byte, float>(data.Span.Slice(at, 4 * n * n));
        values[(2 * n) + 5].ShouldBe((float)model.Weights[2, 5]);
        var ids = header.RootElement.GetProperty("items.ids");
        ids.GetProperty("dtype").GetString().ShouldBe("I64");
        BinaryPrimitives.ReadInt64LittleEndian(data.Span[(int)ids.GetProperty("data_offsets")[0].GetInt64()..]).ShouldBe(100);
    }

    [Fact]
    public void Load_ItemsAndProvenance_ComeBack()
    {
        var model = new Popularity();
        var train = TestMatrix.Random(3, 20, 6);
        model.Fit(train, new FitContext());
        var items = new ItemTable(
            model.Items, [5, 4, 3, 0, 1, 2], new Dictionary<string, string> { ["101"] = "Amélie", ["103"] = "Heat (1995)" },
            new Dictionary<string, IReadOnlyDictionary<string, string[]>> { ["genres"] = new Dictionary<string, string[]> { ["101"] = ["Comedy", "Romance"], ["999"] = ["Horror"] } });
        var provenance = new ModelProvenance
        {
            Data = "toy",
            Protocol = "strong",
            Description = "ratings ≥ 4",
            Seed = ulong.MaxValue,
            MinimumRating = 3.5f,
            Weighting = new InteractionWeighting { Confidence = Confidence.Log, Alpha = 40, Epsilon = 0.5, HalfLife = 30 },
            TrainingRatings = new RatingRange(0.5f, 5),
            Learned = ["ab", "cd"],
            Fingerprint = "ab",
            Metrics = new Dictionary<string, double> { ["ndcg@100"] = 0.5, ["none"] = double.NaN },
        };
        ModelFile.Save(File, model, items, provenance);
        var file = ModelFile.Load(File);
        file.Items.Title("101").ShouldBe("Amélie");
        file.Items.Title("102").ShouldBeNull();
        file.Items.Users.ToArray().ShouldBe([5, 4, 3, 0, 1, 2]);
        file.Items.Values("Genres", 1).ShouldBe(["Comedy", "Romance"]);
        file.Items.Values("genres", 0).ShouldBeEmpty();
        file.Provenance.Metrics["none"].ShouldBe(double.NaN);
        file.Provenance.Learned.ShouldBe(["ab", "cd"]);
        (file.Provenance with { Metrics = provenance.Metrics, Learned = provenance.Learned, Encore = null, Runtime = null }).ShouldBe(provenance);
        foreach (var member in typeof(ModelProvenance).GetProperties())
        {
            member.GetValue(file.Provenance).ShouldNotBeNull($"{member.Name}: a member that is written and not read is lost");
        }

        file.Provenance.Encore.ShouldNotBeNullOrEmpty();
        file.Provenance.Runtime.ShouldNotBeNull().ShouldContain(".NET");
    }

    [Fact]
    public void Load_TextIds_ComeBack()
    {
        var items = IdMap.From(["b", "é", "10", "a b"]);
        var csr = TestMatrix.Random(1, 9, 4, 0.6).Csr;
        var model = new ItemKnn();
        model.Fit(new InteractionMatrix(TestMatrix.Ids(1, 9), items, csr), new FitContext());
        ModelFile.Save(File, model);
        var loaded = ModelFile.Load(File).Items.Ids;
        Enumerable.Range(0, 4).Select(i => loaded[i]).ShouldBe(["10", "a b", "b", "é"]);
    }

    [Fact]
    public void Save_NotFitted_SaysSoAndWritesNothing()
    {
        Should.Throw<InvalidOperationException>(() => ModelFile.Save(File, new Ease())).Message.ShouldContain("call Fit first");
        Should.Throw<InvalidOperationException>(() => ModelFile.Save(File, new MultVae())).Message.ShouldContain("call Fit first");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void Save_NoneOfTheCatalogue_IsRefused() =>
        Should.Throw<ArgumentException>(() => ModelFile.Save(File, new Metrics.TableModel(TestMatrix.Random(1, 3, 4).Items, (_, _) => 0))).Message.ShouldContain("found no model of the type TableModel in the catalogue");

    [Fact]
    public void Save_OverAFileInUse_LeavesTheLoadedModelAlone()
    {
        var train = TestMatrix.Random(1, 700, 600); // large enough to be mapped
        var model = new Ease();
        model.Fit(train, new FitContext());
        ModelFile.Save(File, model);
        var loaded = (IRecommender)ModelFile.Load(File).Model;
        SaveEase(File);
        Bits(TestMatrix.Scores(loaded, train)).ShouldBe(Bits(TestMatrix.Scores(model, train)));
    }

    internal static Ease SaveEase(string path)
    {
        var model = new Ease(new EaseOptions { L2 = 3 });
        model.Fit(TestMatrix.Random(7, 31, 23), new FitContext());
        ModelFile.Save(path, model);
        return model;
    }

    internal static void Fit(IModel model, InteractionMatrix train) =>
        model.Fit(TestMatrix.Learn(model, train), new FitContext());

    private static float[] Predictions(IRatingPredictor model, InteractionMatrix train)
    {
        int n = train.Items.Count, users = train.Users.Count;
        int[] offsets = [.. Enumerable.Range(0, users + 1).Select(u => u * n)];
        int[] items = [.. Enumerable.Range(0, users * n).Select(k => k % n)];
        var predictions = new float[users * n];
        model.Predict(new Histories(train, 0, users), offsets, items, predictions);
        return predictions;
    }

    internal static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
