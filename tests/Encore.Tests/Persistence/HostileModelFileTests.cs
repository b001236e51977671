using System.Buffers.Binary;
using System.Text;
using Encore.Experiments;
using Encore.Models;
using Encore.Storage;
using Encore.Tests.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Encore.Tests.Persistence;

/// <summary>Files that are damaged, foreign or made to do harm get a clear error, and cost no memory.</summary>
public sealed class HostileModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-hostile").FullName;

    private string File => Path.Combine(_folder, "model.encore");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("version", "2", "a later release")]
    [InlineData("version", "x", "another release")]
    [InlineData("kind", "encore-checkpoint", "is a checkpoint")]
    [InlineData("kind", "pt", "no model file of Encore")]
    [InlineData("model", "ease2", "may come from a later release")]
    [InlineData("options", "{\"l2\":\"-1\"}", "expected a number ≥ 0")]
    [InlineData("options", "{\"l7\":\"1\"}", "has no option l7")]
    [InlineData("options", "[]", "options cannot be read")]
    [InlineData("options", "{\"precision\":\"double\"}", "expected F64")]
    [InlineData("options", "{\"keep-gram\":\"true\"}", "no array gram")]
    [InlineData("provenance", "", "provenance cannot be read")]
    [InlineData("sha256", "00", "the file is damaged")]
    [InlineData("model", "mult-vae", "mult-vae has no option penalty")]
    public void Load_ForeignHeader_SaysWhatIsWrong(string name, string value, string message)
    {
        ModelFileTests.SaveEase(File);
        Rewrite(metadata => metadata[name] = value);
        string found = Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message;
        found.ShouldContain(message);
        found.ShouldStartWith(File);
    }

    public static TheoryData<string> AllModels => [.. ModelCatalog.BuiltIn.All.Select(e => e.Name)];

    /// <summary>Every member of the header, of every model, in turn missing and of every kind of JSON: the file loads or is
    /// refused with an error that names it, and no memory is taken that the file does not account for.</summary>
    [Theory]
    [MemberData(nameof(AllModels))]
    public void Load_AnyHeaderMemberOfAnotherKind_LoadsOrIsRefused(string name)
    {
        SaveModel(name);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        string[] values = ["null", "true", "7", "-1", "0.5", "1e400", "99999999999999999999", "2000000000", "\"\"", "\"x\"", "\"2000000000\"", "\"NaN\"", "\"-1\"", "[]", "[null]", "[1,2]", "{}", "{\"x\":null}"];
        int refused = 0;
        foreach (var (path, embedded) in Members(whole))
        {
            foreach (string? value in values.Append(null))
            {
                System.IO.File.WriteAllBytes(File, With(whole, path, embedded, value));
                string what = $"{string.Join('.', path)}.{embedded} = {value}";
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    var loaded = ModelFile.Load(File, map: false);
                    _ = (loaded.Title, loaded.Options.Count, loaded.Provenance.Metrics.Count, loaded.HistoryValue);
                }
                catch (Exception error)
                {
                    (error is InvalidDataException).ShouldBeTrue($"{what}: {error}");
                    error.Message.ShouldStartWith(File);
                    refused++;
                }

                (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000_000, what);
            }
        }

        refused.ShouldBeGreaterThan(300);
    }

    [Theory]
    [InlineData("__metadata__", "kind", "null", "__metadata__.kind is null, expected a text")]
    [InlineData("__metadata__", "options", "{}", "__metadata__.options is an object, expected a text")]
    [InlineData("weights", "dtype", "4", "dtype of array weights is the number 4, expected a text")]
    [InlineData("weights", "shape", "null", "shape of array weights is null, expected a list")]
    [InlineData("weights", "shape", "[null]", "a side of array weights is null, expected a whole number ≥ 0")]
    [InlineData("weights", "data_offsets", null, "array weights has no data_offsets, expected a pair")]
    [InlineData("weights", "data_offsets", "[1]", "found 1 data_offsets of array weights, expected a pair")]
    [InlineData("weights", null, "[]", "array weights is a list, expected an object")]
    [InlineData("__metadata__", null, "null", "__metadata__ is null, expected an object of texts")]
    public void Load_HeaderMemberOfAnotherKind_IsNamed(string array, string? member, string? value, string message)
    {
        ModelFileTests.SaveEase(File);
        System.IO.File.WriteAllBytes(File, With(System.IO.File.ReadAllBytes(File), member is null ? [array] : [array, member], null, value));
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("options", "l2", "null", "found null for l2, expected a text")]
    [InlineData("options", "l2", "200", "found the number 200 for l2, expected a text")]
    [InlineData("provenance", "seed", "-1", "found the number -1 for seed, expected a whole number ≥ 0")]
    [InlineData("provenance", "data", "[]", "found a list for data, expected a text")]
    [InlineData("provenance", "metrics", "7", "found the number 7 for metrics, expected an object of numbers")]
    [InlineData("provenance", "metrics", "{\"ndcg@100\":null}", "found null for metrics.ndcg@100, expected a number")]
    [InlineData("provenance", "minimumRating", "\"NaN\"", "found the text \"NaN\" for minimumRating, expected a finite number")]
    [InlineData("provenance", "minimumRating", "1e400", "found the number 1e400 for minimumRating, expected a finite number")]
    [InlineData("provenance", "learned", "[\"ab\",null]", "found null for learned[1], expected a text")]
    [InlineData("provenance", "trainingRatings", "{\"lowest\":1}", "trainingRatings has no highest")]
    [InlineData("provenance", "trainingRatings", "{\"lowest\":1,\"highest\":\"5\"}", "found the text \"5\" for trainingRatings.highest, expected a finite number")]
    public void Load_EmbeddedMemberOfAnotherKind_IsNamed(string text, string member, string value, string message)
    {
        ModelFileTests.SaveEase(File);
        System.IO.File.WriteAllBytes(File, With(System.IO.File.ReadAllBytes(File), ["__metadata__", text], member, value));
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldContain($"the header's {text} cannot be read: {message}");
    }

    [Fact]
    public void Load_ProvenanceWithoutMembers_IsNotKnown()
    {
        ModelFileTests.SaveEase(File);
        Rewrite(metadata => metadata["provenance"] = """{"metrics":null,"seed":null,"data":null,"later":[1]}""");
        var provenance = ModelFile.Load(File).Provenance;
        provenance.Metrics.ShouldBeEmpty();
        (provenance.Seed, provenance.Data).ShouldBe((null, null));
        Rewrite(metadata => metadata["provenance"] = "{}");
        ModelFile.Load(File).Provenance.Metrics.ShouldBeEmpty();
    }

    [Fact]
    public void Load_ProvenanceThatSaysNothing_IsAsANewOne()
    {
        ModelFileTests.SaveEase(File);
        Rewrite(metadata => metadata["provenance"] = "{}");
        var provenance = ModelFile.Load(File).Provenance;
        provenance.Metrics.ShouldBeEmpty();
        (provenance with { Metrics = new ModelProvenance().Metrics }).ToString().ShouldBe(new ModelProvenance().ToString());
    }

    [Fact]
    public void Load_OptionsOfAGiantNetwork_TakesNoMemory()
    {
        var model = new MultDae(new MultDaeOptions { Layers = [6, 4], Epochs = 1 });
        model.Fit(TestMatrix.Random(7, 31, 23), new FitContext());
        ModelFile.Save(File, model);
        Rewrite(metadata => metadata["options"] = metadata["options"].Replace("6,4", "600000,40", StringComparison.Ordinal));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldContain("has shape [23, 6], expected [23, 600000]");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
        Rewrite(metadata => metadata["options"] = metadata["options"].Replace("600000,40", "2000000000,40", StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldContain("needs 23 × 2,000,000,000 numbers");
    }

    [Fact]
    public void Load_NumbersThatAreNone_IsRefused()
    {
        var model = new MultDae(new MultDaeOptions { Layers = [6], Epochs = 1 });
        model.Fit(TestMatrix.Random(7, 31, 23), new FitContext());
        ((IStoredModel)model).Write(new TensorWriter());
        model.Network.Parameters[0].Value[5] = float.NaN;
        ModelFile.Save(File, model);
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldContain("input.weight holds NaN");
    }

    [Theory]
    [InlineData("similarities.offsets", 1, 1_000_000)]
    [InlineData("similarities.offsets", 0, 1)]
    [InlineData("similarities.columns", 0, 23)]
    [InlineData("similarities.columns", 0, -1)]
    [InlineData("items.titles.offsets", 1, -5)]
    [InlineData("items.titles.offsets", 2, 1_000_000)]
    [InlineData("items.ids", 3, -9)]
    public void Load_PlacesOutside_AreRefused(string array, int at, int value)
    {
        var model = new ItemKnn();
        model.Fit(TestMatrix.Random(7, 31, 23), new FitContext());
        ModelFile.Save(File, model, new ItemTable(model.Items, titles: new Dictionary<string, string> { ["100"] = "a", ["101"] = "bc" }));
        Patch(array, at, value);
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message.ShouldStartWith(File);
    }

    [Fact]
    public void Load_EveryTruncation_IsRefused()
    {
        var model = new Popularity();
        model.Fit(TestMatrix.Random(1, 5, 3), new FitContext());
        ModelFile.Save(File, model);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            Should.Throw<InvalidDataException>(() => ModelFile.Load(File), $"{length} bytes");
        }
    }

    /// <summary>Whatever bytes are changed, a file loads or is refused with an error that names it; nothing else comes out,
    /// and no memory is taken that the file does not account for.</summary>
    [Fact]
    public void Load_AnyBytesChanged_LoadsOrIsRefused()
    {
        ModelFileTests.SaveEase(File);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        var change = from at in Gen.Frequency((4, Gen.Choose(0, header - 1)), (1, Gen.Choose(0, whole.Length - 1)))
                     from value in Gen.Frequency((2, Gen.Choose(0, 255)), (1, Gen.Elements<int>('0', '9', '"', '{', '}', ',', '-', '1')))
                     select (at, (byte)value);
        var changes = change.ListOf().Where(list => list.Count > 0);
        Prop.ForAll(changes.ToArbitrary(), list =>
        {
            byte[] bytes = [.. whole];
            foreach (var (at, value) in list)
            {
                bytes[at] = value;
            }

            System.IO.File.WriteAllBytes(File, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ModelFile.Load(File);
            }
            catch (InvalidDataException error)
            {
                error.Message.ShouldStartWith(File);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
        }).QuickCheckThrowOnFailure();
    }

    private void SaveModel(string name)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var options = new Dictionary<string, string>();
        if (entry.IsIterative)
        {
            options["epochs"] = "1";
        }

        if (name == "recvae")
        {
            options["hidden"] = "16"; // each of a thousand files is written and read whole
        }

        var model = entry.Create(options);
        var train = TestMatrix.Random(7, 31, 23, valued: entry.NeedsRatings);
        (model as IRecommender)?.Fit(TestMatrix.Learn(model, train), new FitContext());
        if (model is not IRecommender)
        {
            ((IRatingPredictor)model).Fit(train, new FitContext());
        }

        var table = new ItemTable(((IStoredModel)model).Items, titles: new Dictionary<string, string> { ["100"] = "a" });
        ModelFile.Save(File, model, table, new ModelProvenance { Data = "d", Fingerprint = "f", Protocol = "p", Description = "w", Seed = 1, MinimumRating = 4, Weighting = new InteractionWeighting { Confidence = Confidence.Log, HalfLife = 30 }, Metrics = new Dictionary<string, double> { ["ndcg@100"] = 0.4 } });
    }

    // Members of the header, two levels deep, and of the JSON texts that stand in it.
    private static IEnumerable<(string[] Path, string? Embedded)> Members(byte[] file)
    {
        foreach (var (name, value) in Header(file))
        {
            yield return ([name], null);
            foreach (var (member, text) in value!.AsObject())
            {
                yield return ([name, member], null);
                if (member is "options" or "provenance")
                {
                    foreach (var (inner, _) in System.Text.Json.Nodes.JsonNode.Parse(text!.GetValue<string>())!.AsObject())
                    {
                        yield return ([name, member], inner);
                    }
                }
            }
        }
    }

    private static System.Text.Json.Nodes.JsonObject Header(byte[] file) => System.Text.Json.Nodes.JsonNode.Parse(
        Encoding.UTF8.GetString(file, 8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file)))!.AsObject();

    // The file with one member of its header set to a JSON text; null: without the member.
    private static byte[] With(byte[] file, string[] path, string? embedded, string? value)
    {
        const string Mark = "\"here-it-goes\"";
        var header = Header(file);
        var at = path.Length == 1 ? header : header[path[0]]!.AsObject();
        if (embedded is not null)
        {
            var inner = System.Text.Json.Nodes.JsonNode.Parse(at[path[^1]]!.GetValue<string>())!.AsObject();
            inner.Remove(embedded);
            if (value is not null)
            {
                inner[embedded] = "here-it-goes"; // what is no number of .NET cannot stand in a node
            }

            at[path[^1]] = inner.ToJsonString().Replace(Mark, value, StringComparison.Ordinal);
        }
        else
        {
            at.Remove(path[^1]);
            if (value is not null)
            {
                at[path[^1]] = "here-it-goes";
            }
        }

        string text = header.ToJsonString();
        byte[] json = Encoding.UTF8.GetBytes(embedded is null ? text.Replace(Mark, value, StringComparison.Ordinal) : text), prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        return [.. prefix, .. json, .. file[(8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file))..]];
    }

    private void Rewrite(Action<Dictionary<string, string>> change)
    {
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var json = System.Text.Json.Nodes.JsonNode.Parse(Encoding.UTF8.GetString(bytes, 8, length))!.AsObject();
        var metadata = json["__metadata__"]!.AsObject().ToDictionary(p => p.Key, p => p.Value!.GetValue<string>());
        change(metadata);
        json["__metadata__"] = new System.Text.Json.Nodes.JsonObject(
            metadata.Select(p => KeyValuePair.Create<string, System.Text.Json.Nodes.JsonNode?>(p.Key, p.Value)));
        byte[] header = Encoding.UTF8.GetBytes(json.ToJsonString()), prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        System.IO.File.WriteAllBytes(File, [.. prefix, .. header, .. bytes[(8 + length)..]]);
    }

    // Sets a number of an array, and the digest with it: who writes a hostile file writes that too.
    private void Patch(string array, int at, int value)
    {
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int start = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, start - 8));
        var tensor = header.RootElement.GetProperty(array);
        bool isLong = tensor.GetProperty("dtype").GetString() == "I64";
        int place = start + (int)tensor.GetProperty("data_offsets")[0].GetInt64() + (at * (isLong ? 8 : 4));
        if (isLong)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(place), value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), value);
        }

        System.IO.File.WriteAllBytes(File, bytes);
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(start)));
        Rewrite(metadata => metadata["sha256"] = digest);
    }
}
