namespace Encore.Data.Tests;

public sealed class SplitReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public SplitReaderTests()
    {
        _folder.Write("train.tsv", "a\tx\na\ty\nb\ty\nb\tz\n");
        _folder.Write("validation_history.tsv", "c\tx\n");
        _folder.Write("validation_heldout.tsv", "c\ty\n");
        _folder.Write("test_history.tsv", "d\tz\n");
        _folder.Write("test_heldout.tsv", "d\tx\nd\tunseen\n");
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Rows(InteractionMatrix matrix) =>
        [.. Enumerable.Range(0, matrix.Users.Count).SelectMany(u => matrix.Csr.RowIndices(u).ToArray()
            .Select((i, k) => $"{matrix.Users[u]} {matrix.Items[i]} {matrix.Csr.RowValues(u)[k]:0.#}"))];

    [Fact]
    public void ReadFolder_FiveParts_AreTheSplit()
    {
        var split = SplitReader.ReadFolder(_folder.Path);
        Rows(split.Train).ShouldBe(["a x 1", "a y 1", "b y 1", "b z 1"]);
        Rows(split.Validation!.History).ShouldBe(["c x 1"]);
        Rows(split.Validation.HeldOut).ShouldBe(["c y 1"]);
        Rows(split.Test.History).ShouldBe(["d z 1"]);
        Rows(split.Test.HeldOut).ShouldBe(["d x 1"]);
        split.Description.ShouldContain("left out: 1 interaction with items that training lacks");
    }

    [Fact]
    public void ReadFolder_FormatsOfTheirOwn_AreFoundFileByFile()
    {
        File.Delete(_folder["train.tsv"]);
        _folder.WriteGzip("train.csv.gz", "user,item,rating\na,x,5\na,y,1\nb,y,4\nb,z,3\n");
        var split = SplitReader.ReadFolder(_folder.Path);
        Rows(split.Train).ShouldBe(["a x 1", "a y 1", "b y 1", "b z 1"]);
        Rows(SplitReader.ReadFolder(_folder.Path, filter: new InteractionFilter { MinimumRating = 3, Binarize = true }).Train)
            .ShouldBe(["a x 1", "b y 1", "b z 1"]);
    }

    [Fact]
    public void ReadFolder_NoValidation_IsASplitWithout()
    {
        File.Delete(_folder["validation_history.tsv"]);
        File.Delete(_folder["validation_heldout.tsv"]);
        SplitReader.ReadFolder(_folder.Path).Validation.ShouldBeNull();
    }

    [Theory]
    [InlineData("train")]
    [InlineData("test_history")]
    [InlineData("test_heldout")]
    [InlineData("validation_history")]
    [InlineData("validation_heldout")]
    public void ReadFolder_PartMissing_NamesIt(string part)
    {
        File.Delete(_folder[part + ".tsv"]);
        Should.Throw<FileNotFoundException>(() => SplitReader.ReadFolder(_folder.Path)).Message.ShouldBe(
            $"{_folder.Path}: found no file {part}.*; expected train, test_history, test_heldout and, both or neither, validation_history and validation_heldout, such as {part}.tsv.");
    }

    [Fact]
    public void ReadFolder_PartTwice_NamesBoth()
    {
        _folder.Write("train.csv", "a,x\n");
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFolder(_folder.Path)).Message
            .ShouldBe($"{_folder.Path}: found train.csv and train.tsv, expected one file train.*");
    }

    [Fact]
    public void ReadFolder_NoFolder_SaysSo() =>
        Should.Throw<DirectoryNotFoundException>(() => SplitReader.ReadFolder(_folder["none"])).Message
            .ShouldBe($"Found no folder {_folder["none"]}.");

    [Fact]
    public void ReadFolder_BadPart_NamesItsLine()
    {
        string path = _folder.Write("test_history.tsv", "d\tz\nd\n");
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFolder(_folder.Path)).Message
            .ShouldBe($"{path}:2: found 1 fields in 'd', expected 2 as on the first line.");
    }

    [Fact]
    public void ReadFiles_Adjacency_IsASplitForKnownUsers()
    {
        string train = _folder.Write("lightgcn/train.txt", "0 1 2 3\n1 2 3\n2 1\n3 5 6 7 8\n");
        string test = _folder.Write("lightgcn/test.txt", "0 5 6\n1 1\n2 \n3 1 2 3\n");
        var split = SplitReader.ReadFiles(train, null, test);
        (split.Train.Count, split.Test.Users, split.Test.HeldOut.Count).ShouldBe((10, 4, 6));
        Rows(split.Test.HeldOut).ShouldBe(["0 5 1", "0 6 1", "1 1 1", "3 1 1", "3 2 1", "3 3 1"]);
        split.Validation.ShouldBeNull();
    }

    [Fact]
    public void ReadFiles_Ratings_StayRatings()
    {
        string train = _folder.Write("r/train.csv", "user,item,rating\na,x,5\na,y,1\nb,x,2\n");
        string validation = _folder.Write("r/valid.csv", "user,item,rating\nb,y,4\n");
        string test = _folder.Write("r/test.csv", "user,item,rating\nb,x,3\na,x,1\nb,y,2\n");
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFiles(train, validation, test, isRating: true))
            .Message.ShouldContain("No test interaction is left");
        File.AppendAllText(train, "c,z,3\n");
        File.AppendAllText(test, "a,z,4.5\n");
        var split = SplitReader.ReadFiles(train, validation, test, isRating: true);
        Rows(split.Test.HeldOut).ShouldBe(["a z 4.5"]);
        Rows(split.TrainAndValidation!).ShouldBe(["a x 5", "a y 1", "b x 2", "b y 4", "c z 3"]);
        split.IsRating.ShouldBeTrue();
    }

    [Fact]
    public void ReadFiles_RatingsWithoutARatingColumn_SaysWhichFile()
    {
        string path = _folder["train.tsv"];
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFiles(path, null, path, isRating: true)).Message
            .ShouldBe($"{path}: found no rating column, expected the ratings to predict.");
    }

    [Fact]
    public void ReadFiles_FileMissing_NamesIt() =>
        Should.Throw<FileNotFoundException>(() => SplitReader.ReadFiles(_folder["train.tsv"], null, _folder["test.tsv"]))
            .Message.ShouldStartWith($"Found no file {_folder["test.tsv"]}.");
}
