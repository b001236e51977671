using System.Text;

namespace Encore.Data.Tests;

public sealed class ItemTitlesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_MoviesDat_IsLatin1()
    {
        _folder.Write("movies.dat", Encoding.Latin1.GetBytes("1::Amélie: \"A\", B (2001)::Comedy|Romance\n2::Léon::Crime\n"));
        var log = InteractionReader.Read(_folder.Write("ratings.dat", "1::1::5::9\n1::2::4::8\n"));
        log.ItemTitles.ShouldNotBeNull();
        log.ItemTitles["1"].ShouldBe("Amélie: \"A\", B (2001)");
        log.ItemTitles["2"].ShouldBe("Léon");
    }

    [Fact]
    public void Read_UItem_IsLatin1WithItsGenres()
    {
        string genres = string.Concat(Enumerable.Repeat("|0", 19));
        _folder.Write("u.item", Encoding.Latin1.GetBytes($"1|Bésame (1995)|01-Jan-1995||http://x{genres}\n2|Plain (1996)|||{genres}\n"));
        var log = InteractionReader.Read(_folder.Write("u.data", "1\t1\t5\t9\n1\t2\t4\t8\n"));
        log.ItemTitles!["1"].ShouldBe("Bésame (1995)");
        log.ItemTitles["2"].ShouldBe("Plain (1996)");
    }

    [Fact]
    public void Read_MoviesCsv_IsQuotedUtf8()
    {
        _folder.Write("movies.csv", "movieId,title,genres\n1,\"American President, The (1995)\",Comedy\n2,\"Say \"\"Ah\"\" – été\",Drama\n");
        var log = InteractionReader.Read(_folder.Write("ratings.csv", "userId,movieId,rating\n1,1,5\n1,2,4\n"));
        log.ItemTitles!["1"].ShouldBe("American President, The (1995)");
        log.ItemTitles["2"].ShouldBe("Say \"Ah\" – été");
        log.Filter(new InteractionFilter { MinimumRating = 5 }).ItemTitles.ShouldBe(log.ItemTitles);
    }

    [Fact]
    public void Read_MoviesFileOfAnotherShape_DoesNotStopTheLog()
    {
        _folder.Write("movies.csv", "id,year\n1,1995\n");
        var log = InteractionReader.Read(_folder.Write("log.csv", "user,item\n1,1\n"));
        log.ItemTitles.ShouldBeNull();
        log.Count.ShouldBe(1);
    }

    [Fact]
    public void Read_NoTitles_HasNone() =>
        InteractionReader.Read(_folder.Write("log.csv", "user,item\n1,1\n")).ItemTitles.ShouldBeNull();
}
