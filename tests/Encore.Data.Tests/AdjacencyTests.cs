namespace Encore.Data.Tests;

public sealed class AdjacencyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_LinesOfManyLengths_AreUsersWithTheirItems()
    {
        var log = InteractionReader.Read(_folder.Write("train.txt", "0 3 1 2\n1 5\n2 \n3 1 4 1 5 9\r\n"));
        log.Lines().ShouldBe(["0 3 1", "0 1 1", "0 2 1", "1 5 1", "3 4 1", "3 1 1", "3 5 1", "3 9 1"]);
        (log.HasRatings, log.HasTimes, log.Duplicates).ShouldBe((false, false, 1));
    }

    [Fact]
    public void Read_ByTabs_WhenAskedFor() =>
        InteractionReader.Read(_folder.Write("a.txt", "ann\tx\ty\nbob\ty\n"), new ReadOptions { Format = DataFormat.Adjacency })
            .Lines().ShouldBe(["ann x 1", "ann y 1", "bob y 1"]);

    [Fact]
    public void Read_Gzip_IsAsPlain() =>
        InteractionReader.Read(_folder.WriteGzip("train.txt.gz", "0 3 1 2\n1 5\n2 7 8\n")).Count.ShouldBe(6);

    [Fact]
    public void Read_MostUsersWithOneItem_IsStillFound() =>
        InteractionReader.Read(_folder.Write("test.txt", "0 1\n1 2\n2 3\n3 1\n4 5\n5 1 2 3 4\n6 3 4\n")).Count.ShouldBe(11);

    [Fact]
    public void Read_BlanksWithARaggedLine_IsADamagedLog() =>
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(_folder.Write("a.txt", "0 1 5 9\n1 2 4 9\n2 3 1\n3 1 2 9\n")))
            .Message.ShouldContain(":3: found 3 fields in '2 3 1', expected 4");

    [Fact]
    public void Read_LongLines_AreReadWhole()
    {
        string items = string.Join(' ', Enumerable.Range(0, 500_000));
        var log = InteractionReader.Read(_folder.Write("train.txt", $"u {items}\nv 1\n"));
        (log.Count, log.Users.Count, log.Items.Count).ShouldBe((500_001, 2, 500_000));
    }

    [Fact]
    public void Read_CutOff_SaysSo()
    {
        byte[] whole = TempFolder.Gzip(string.Concat(Enumerable.Range(0, 5000).Select(k => $"{k} {k * 31 % 97} {k * 7 % 89}\n")));
        string path = _folder.Write("train.txt.gz", whole[..(whole.Length / 2)]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { Format = DataFormat.Adjacency }))
            .Message.ShouldContain("found the end of the compressed file within its data");
    }
}
