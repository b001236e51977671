namespace Encore.Data.Tests;

public sealed class DatasetCatalogTests
{
    [Fact]
    public void All_DataSets_HaveWhatADownloadNeeds()
    {
        DatasetCatalog.All.Select(d => d.Name).ShouldBeUnique();
        foreach (var dataset in DatasetCatalog.All)
        {
            dataset.Address.Scheme.ShouldBe("https");
            Path.GetFileName(dataset.Address.LocalPath).ShouldBe(dataset.Name + ".zip");
            Path.GetFileName(dataset.File).ShouldBe(dataset.File);
            (dataset.Size is null).ShouldBe(dataset.Md5 is null);
            (dataset.Md5 ?? new string('0', 32)).ShouldMatch("^[0-9a-f]{32}$");
            dataset.Licence.ShouldNotBeEmpty();
            dataset.Citation.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void Find_Name_InAnyCase() => DatasetCatalog.Find("ML-1M").File.ShouldBe("ratings.dat");

    [Fact]
    public void Find_Unknown_SuggestsAndListsAll() =>
        Should.Throw<ArgumentException>(() => DatasetCatalog.Find("ml-1n")).Message
            .ShouldBe("No data set is named ml-1n. Did you mean ml-1m? The data sets: ml-latest-small, ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m.");

    [Fact]
    public void Locate_NotThere_IsNull() =>
        DatasetCatalog.Locate(DatasetCatalog.Find("ml-1m") with { Name = "no-such-data-set" }).ShouldBeNull();
}
