using System.Globalization;

namespace Encore.Data.Tests;

public sealed class CompressedTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Rows(int count) => "user,item\n" + string.Concat(
        Enumerable.Range(0, count).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k},{k * 7919L % 1009}\n")));

    private string Zstandard(string name, int rows) => _folder.Copy(
        name, $"SELECT range AS user, range * 7919 % 1009 AS item FROM range({rows})", "FORMAT csv, COMPRESSION zstd");

    [Theory]
    [InlineData("FORMAT csv, COMPRESSION gzip", "a.csv.gz")]
    [InlineData("FORMAT csv, COMPRESSION zstd", "a.csv.zst")]
    [InlineData("FORMAT csv, DELIMITER '\t', COMPRESSION zstd", "a.tsv.zst")]
    [InlineData("FORMAT json, COMPRESSION gzip", "a.jsonl.gz")]
    [InlineData("FORMAT json, COMPRESSION zstd", "a.ndjson.zst")]
    [InlineData("FORMAT parquet, COMPRESSION zstd", "a.parquet")]
    public void Read_Compressed_IsAsPlain(string options, string name)
    {
        string path = _folder.Copy(name, "SELECT range // 2 AS user, range AS item FROM range(5000)", options);
        var log = InteractionReader.Read(path);
        (log.Count, log.Users.Count, log.Items.Count).ShouldBe((5000, 2500, 5000));
        log.Items[4999].ShouldBe("4999");
    }

    [Fact]
    public void Read_GzipOfTwoMembers_ReadsBoth() =>
        InteractionReader.Read(_folder.Write("a.csv.gz", [.. TempFolder.Gzip("user,item\nu,i\n"), .. TempFolder.Gzip("v,j\n")]))
            .Lines().ShouldBe(["u i 1", "v j 1"]);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.999)]
    public void Read_GzipCutOff_SaysSoWithTheLine(double share)
    {
        byte[] whole = TempFolder.Gzip(Rows(50_000));
        string path = _folder.Write("cut.csv.gz", whole[..(int)(whole.Length * share)]);
        string message = Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message;
        message.ShouldContain("found the end of the compressed file within its data");
        message.ShouldContain("expected a whole file");
        int line = int.Parse(message[(path.Length + 1)..].Split(':')[0], CultureInfo.InvariantCulture);
        line.ShouldBeInRange((int)(50_001 * share * 0.5), 50_001);
    }

    [Fact]
    public void Read_GzipWithoutItsTrailer_IsCutOffToo()
    {
        byte[] whole = TempFolder.Gzip("user,item\nu,i\n");
        string path = _folder.Write("cut.csv.gz", whole[..^6]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldStartWith($"{path}:3: found the end of the compressed file within its data");
    }

    [Fact]
    public void Read_GzipDamaged_SaysSo()
    {
        byte[] bytes = TempFolder.Gzip(Rows(50_000));
        bytes[bytes.Length / 2] ^= 0x55;
        string path = _folder.Write("a.csv.gz", bytes);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message.ShouldStartWith(path);
    }

    [Fact]
    public void Read_GzipCutOffInQuery_SaysSo()
    {
        byte[] whole = TempFolder.Gzip(Rows(50_000));
        string path = _folder.Write("cut.csv.gz", whole[..(whole.Length / 2)]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { Query = "SELECT * FROM data" }))
            .Message.ShouldContain("found the end of the compressed file within its data");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9999)]
    [InlineData(0.01)]
    public void Read_ZstandardCutOff_SaysSo(double share)
    {
        byte[] whole = File.ReadAllBytes(Zstandard("whole.csv.zst", 100_000));
        string path = _folder.Write("cut.csv.zst", whole[..(int)(whole.Length * share)]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldStartWith($"{path}: found the end of the compressed file within its data, after ");
    }

    [Fact]
    public async Task Check_ZstandardOfTwoFramesAndASkippableOne_IsWhole()
    {
        byte[] one = File.ReadAllBytes(Zstandard("one.csv.zst", 10));
        byte[] skippable = [0x51, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        string path = _folder.Write("two.csv.zst", [.. skippable, .. one, .. one]);
        await Should.NotThrowAsync(() => CompressedFile.CheckAsync(DataFile.Open(path, null), CancellationToken.None));
    }
}
