using Encore.Tests;

namespace Encore.Data.Tests;

/// <summary>The published counts of MovieLens, where the data is at hand.</summary>
public sealed class RealDataTests
{
    [Theory]
    [InlineData("ml-1m", "ratings.dat", 1_000_209, 6_040, 3_706, 5)]
    [InlineData("ml-100k", "u.data", 100_000, 943, 1_682, 5)]
    [InlineData("ml-latest-small", "ratings.csv", 100_836, 610, 9_724, 5)]
    public void Read_MovieLens_HasThePublishedCounts(string name, string file, int ratings, int users, int items, float best)
    {
        string folder = Folder(name, file);
        var log = InteractionReader.Read(Path.Combine(folder, file));
        (log.Count, log.Users.Count, log.Items.Count, log.RowsRead, log.Duplicates).ShouldBe((ratings, users, items, ratings, 0));
        (log.HasRatings, log.HasTimes, log.Users.IsInteger, log.Items.IsInteger).ShouldBe((true, true, true, true));
        log.Values.ToArray().Max().ShouldBe(best);
        log.ItemTitles.ShouldNotBeNull();
        Enumerable.Range(0, log.Items.Count).ShouldAllBe(i => log.ItemTitles!.ContainsKey(log.Items[i]));
        InteractionReader.Read(folder).Count.ShouldBe(ratings);
    }

    [Fact]
    public void Read_MovieLens1M_KnowsItsTitles()
    {
        var log = InteractionReader.Read(Path.Combine(Folder("ml-1m", "ratings.dat"), "ratings.dat"));
        log.ItemTitles!["1"].ShouldBe("Toy Story (1995)");
        log.ItemTitles["73"].ShouldBe("Misérables, Les (1995)");
    }

    [Fact]
    public void ReadFolder_MovieLens1MStrong_HasItsUsers()
    {
        var split = SplitReader.ReadFolder(Folder("ml-1m-strong", "train.tsv"));
        split.Test.Users.ShouldBeGreaterThan(100);
        split.Test.HeldOut.Count.ShouldBeGreaterThan(split.Test.Users);
        split.Train.Csr.IsBinary().ShouldBeTrue();
    }

    private static string Folder(string name, string file)
    {
        string folder = Path.Combine(Repository.Data, name);
        Assert.SkipUnless(File.Exists(Path.Combine(folder, file)), $"{name} is not below ENCORE_DATA ({Repository.Data}).");
        return folder;
    }
}
