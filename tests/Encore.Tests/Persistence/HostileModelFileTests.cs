using System.Buffers.Binary;
using System.Text;
using Encore.Models;
using Encore.Persistence;
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
    [InlineData("model", "mult-vae", "mult-vae has no option precision")]
    public void Load_ForeignHeader_SaysWhatIsWrong(string name, string value, string message)
    {
        ModelFileTests.SaveEase(File);
        Rewrite(metadata => metadata[name] = value);
        string found = Should.Throw<InvalidDataException>(() => ModelFile.Load(File)).Message;
        found.ShouldContain(message);
        found.ShouldStartWith(File);
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
        Should.Throw<InvalidDataException>(() => ModelFile.Load(File));
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
