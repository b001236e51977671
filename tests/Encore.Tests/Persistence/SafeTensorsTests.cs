using System.Buffers.Binary;
using System.Text;
using Encore.Storage;

namespace Encore.Tests.Persistence;

/// <summary>The file format: what is written is what the published layout says, and what is damaged is refused.</summary>
public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-safetensors").FullName;

    private string File => Path.Combine(_folder, "a.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_ThenOpen_GivesTheSameBack()
    {
        float[] a = [1, float.NaN, -0f, float.Epsilon, float.PositiveInfinity, 6], b = [7];
        SafeTensors.Write(File, [new("a", [2, 3], a), new("b/ü", [1], b), new("none", [0, 5], [])], new Dictionary<string, string> { ["k"] = "v \"quoted\" ü" });
        using var file = SafeTensorsFile.Open(File);
        file.Names.ShouldBe(["a", "b/ü", "none"]);
        file.Metadata["k"].ShouldBe("v \"quoted\" ü");
        file.Read("a").Select(BitConverter.SingleToInt32Bits).ShouldBe(a.Select(BitConverter.SingleToInt32Bits));
        file.Read("b/ü").ShouldBe(b);
        file.Read("none").ShouldBeEmpty();
        Directory.GetFiles(_folder).ShouldBe([File]); // nothing temporary is left
    }

    [Fact]
    public void Write_File_HasThePublishedLayout()
    {
        SafeTensors.Write(File, [new("w", [2], [1f, 2f])], new Dictionary<string, string> { ["m"] = "1" });
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' ')
            .ShouldBe("""{"__metadata__":{"m":"1"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""");
        (length % 8).ShouldBe(0);
        bytes[(8 + length)..].ShouldBe([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]);
    }

    [Fact]
    public void Write_FileThere_IsReplacedAsAWhole()
    {
        SafeTensors.Write(File, [new("w", [2], [1f, 2f])], new Dictionary<string, string>());
        SafeTensors.Write(File, [new("v", [1], [3f])], new Dictionary<string, string>());
        using var file = SafeTensorsFile.Open(File);
        file.Names.ShouldBe(["v"]);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 8, "stands twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "expected from 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "expected from 0")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "within the file")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "expected 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "expected 12 for its shape")]
    [InlineData("""{"w":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "'F33' of array w is unknown")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "a side of array w is the number -2")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775807,3],"data_offsets":[0,8]}}""", 8, "header")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "found 1 data_offsets of array w, expected a pair")]
    [InlineData("""{"w":{"shape":[2],"data_offsets":[0,8]}}""", 8, "header")]
    [InlineData("""{"w":7}""", 0, "header")]
    [InlineData("""[1]""", 0, "header")]
    [InlineData("""{"w":""", 0, "header")]
    public void Open_HostileHeader_IsRefused(string header, int dataBytes, string message)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. text, .. new byte[dataBytes]]);
        Should.Throw<InvalidDataException>(() => SafeTensorsFile.Open(File)).Message.ShouldSatisfyAllConditions(
            m => m.ShouldContain(File), m => m.ShouldContain(message));
    }

    [Theory]
    [InlineData(0UL, 0)]
    [InlineData(0UL, 7)]
    [InlineData(ulong.MaxValue, 100)]
    [InlineData(1UL << 40, 100)]
    [InlineData(200UL, 100)]
    public void Open_LengthBeyondTheFile_IsRefusedWithoutTakingMemory(ulong length, int bytes)
    {
        byte[] content = new byte[bytes];
        if (bytes >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(content, length);
        }

        System.IO.File.WriteAllBytes(File, content);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() => SafeTensorsFile.Open(File));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Open_EveryTruncation_IsRefused()
    {
        SafeTensors.Write(File, [new("w", [2, 2], [1f, 2f, 3f, 4f])], new Dictionary<string, string> { ["a"] = "b" });
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            Should.Throw<InvalidDataException>(() => SafeTensorsFile.Open(File), $"{length} bytes");
        }
    }

    [Fact]
    public void Read_WrongNameOrSize_IsRefused()
    {
        SafeTensors.Write(File, [new("w", [2], [1f, 2f])], new Dictionary<string, string>());
        using var file = SafeTensorsFile.Open(File);
        Should.Throw<InvalidDataException>(() => file.Read("v")).Message.ShouldContain("no array v");
        Should.Throw<InvalidDataException>(() => file.Read("w", new float[3])).Message.ShouldContain("expected F32 and 12");
    }
}
