namespace Encore.Data.Tests;

public sealed class DataSpecTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Demo_IsTheDemoData() =>
        DataSpec.Load("demo").Lines().ShouldBe(DemoData.Generate().Interactions.Lines());

    [Fact]
    public void Load_DemoWithAQuery_SaysWhyNot() =>
        Should.Throw<ArgumentException>(() => DataSpec.Load("demo", new ReadOptions { Query = "SELECT 1" })).Message
            .ShouldStartWith("A query reads files; the demo data has none.");

    [Fact]
    public void Load_FileOrFolder_IsRead()
    {
        string file = _folder.Write("ratings.csv", "userId,movieId,rating\n1,2,3\n");
        DataSpec.Load(file).Lines().ShouldBe(["1 2 3"]);
        DataSpec.Load(_folder.Path).Lines().ShouldBe(["1 2 3"]);
        DataSpec.Load(file, new ReadOptions { Query = "SELECT movieId AS user, userId AS item FROM data" }).Lines().ShouldBe(["2 1 1"]);
    }

    [Fact]
    public void Load_MissingFile_SuggestsOne()
    {
        _folder.Write("ratings.csv", "userId,movieId,rating\n1,2,3\n");
        Should.Throw<FileNotFoundException>(() => DataSpec.Load(_folder["rating.csv"])).Message
            .ShouldEndWith($"Did you mean {_folder["ratings.csv"]}?");
    }

    [Fact]
    public void Load_UnknownName_SuggestsAndListsAll() =>
        Should.Throw<FileNotFoundException>(() => DataSpec.Load("dmeo")).Message
            .ShouldBe("Found no file or data set dmeo. Did you mean demo? Expected a file, or one of demo, ml-latest-small, ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m.");

    [Fact]
    public void Load_DataSetNotHere_SaysHowToGetIt()
    {
        var absent = DatasetCatalog.All.FirstOrDefault(d => DatasetCatalog.Locate(d) is null);
        Assert.SkipWhen(absent is null, "Every data set of the catalogue is on this machine.");
        string message = Should.Throw<FileNotFoundException>(() => DataSpec.Load(absent.Name.ToUpperInvariant())).Message;
        message.ShouldContain($"encore data get {absent.Name}");
        message.ShouldContain(Path.Combine(DatasetCatalog.CacheFolder, absent.Name, absent.File));
    }
}
