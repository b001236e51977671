namespace Encore.Data.Tests;

/// <summary>Files without a header: what their columns hold decides.</summary>
public sealed class HeaderlessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (Interactions Log, LogReading Reading) Read(string name, string text, ReadOptions? options = null)
    {
        LogReading? reading = null;
        var log = InteractionReader.Read(_folder.Write(name, text), (options ?? new ReadOptions()) with { Understood = r => reading = r });
        return (log, reading.ShouldNotBeNull());
    }

    private void Refused(string name, string text, string message) =>
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(_folder.Write(name, text))).Message.ShouldContain(message);

    [Fact]
    public void Read_CheckIns_TakeTheDateAsTimeAndThePlaceAsItem()
    {
        var (log, reading) = Read("gowalla.txt", "0\t2010-10-19T23:55:27Z\t30.2359091167\t-97.7951395833\t22847\n0\t2010-10-18T22:17:43Z\t30.2691029532\t-97.7493953705\t420315\n1\t2010-10-17T23:42:03Z\t30.2557309927\t-97.7633857727\t316637\n");
        log.Lines().ShouldBe(["0 420315 1 1287440263000", "0 22847 1 1287532527000", "1 316637 1 1287358923000"]);
        reading.ToString().ShouldBe("gowalla.txt: user = column 1, item = column 5, timestamp = column 2; not used: column 3, column 4 (guessed by what the columns hold, as there is no header).");
        reading.Warnings.ShouldBeEmpty(); // coordinates are no ratings
    }

    [Fact]
    public void Read_Listens_TakeTheOneColumnOfIds()
    {
        var (log, _) = Read("lastfm.tsv", "user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep Dish\t\tFuck Me Im Famous\nuser_000001\t2009-05-04T13:54:10Z\ta7f7df4a\t坂本龍一\t\tComposition 0919\nuser_000002\t2009-05-04T13:52:04Z\ta7f7df4a\t坂本龍一\t\tMc2\n");
        (log.Users.Count, string.Join(' ', log.Items.Ids())).ShouldBe((2, "a7f7df4a f1b1cf71"));
        DatasetSummary.Of(log).First!.Value.Year.ShouldBe(2009);
    }

    [Fact]
    public void Read_Clicks_TakeTheDateAsTime()
    {
        var (log, reading) = Read("yoochoose.dat", "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0\n2,2014-04-07T13:56:37.614Z,214662742,0\n");
        log.Lines().ShouldBe(["1 214536502 1 1396867869277", "1 214536500 1 1396868049868", "2 214662742 1 1396878997614"]);
        reading.Warnings.Single().ShouldContain("--columns user=1,item=3,rating=4,timestamp=2");
    }

    [Fact]
    public void Read_DateInFront_IsTheTime() =>
        Read("a.csv", "2020-01-02,u,i\n2020-01-01,u,j\n").Log.Lines().ShouldBe(["u j 1 1577836800000", "u i 1 1577923200000"]);

    [Fact]
    public void Read_Matrix_IsRefused() =>
        Refused("jester.csv", string.Concat(Enumerable.Range(0, 3).Select(r => string.Join(',', Enumerable.Range(0, 101).Select(c => (c * r % 7) + 0.5)) + "\n")), "found 101 columns (");

    [Fact]
    public void Read_FiveNumbers_AreRefusedWithTheOptionToType() =>
        Refused("epinions.txt", "1 100 8 5 4\n1 101 8 3 3\n2 100 8 4 2\n", "found 5 columns (1 | 100 | 8 | 5 | 4) and no header; expected a log of user, item and perhaps a rating and a time. Say which columns are what: --columns user=N");

    [Fact]
    public void Read_FiveNumbersWithColumnsNamed_AreRead() =>
        Read("epinions.txt", "1 100 8 5 4\n1 101 8 3 3\n", new ReadOptions { Columns = ColumnNames.Parse("user=1,item=2,rating=4") }).Log.Lines().ShouldBe(["1 100 5", "1 101 3"]);

    [Theory]
    [InlineData("1,2020-01-01,a,b\n2,2020-01-02,c,d\n", "columns 3, 4 may each be the item")]
    [InlineData("1,2020-01-01\n2,2020-01-02\n", "no second column of ids")]
    [InlineData("1,2020-01-01,2020-01-02,5\n2,2020-01-02,2020-01-02,6\n", "several columns of dates")]
    public void Read_UncertainItem_IsRefused(string text, string message) => Refused("a.csv", text, message);

    [Fact]
    public void Read_ListsOfEqualLength_AreLists()
    {
        var (log, reading) = Read("lists.txt", "0 10 11 12 13 14 15\n1 12 10 13 14 16 17\n2 11 12 14 10 13 15\n");
        (log.Users.Count, log.Items.Count, log.Count).ShouldBe((3, 8, 18));
        reading.ToString().ShouldBe("lists.txt: one user a line, then the user's items.");
        reading.Notes.Single().ShouldContain("no user has two lines");
    }

    [Fact]
    public void Read_LargeCounts_AreCountsWhereverTheyStand()
    {
        // The first 64 lines look like stars; the scale is that of the whole column.
        string rows = string.Concat(Enumerable.Range(0, 200).Select(k => $"{k},i,{1 + (k % 5)}\n"));
        var (log, reading) = Read("a.csv", rows + "x,i,3000\n");
        log.HasCounts.ShouldBeTrue();
        reading.Columns[2].Role.ShouldBe(ColumnRole.Count);
        Read("b.csv", rows + "x,i,100\n").Log.HasRatings.ShouldBeTrue();
        Read("c.csv", rows + "x,i,0\ny,i,3000\n").Log.HasRatings.ShouldBeTrue();
    }

    [Fact]
    public void Read_MovieLens_StaysAsItWas() =>
        Read("u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n").Log.Lines()
            .ShouldBe(["22 377 1 878887116", "186 302 3 891717742", "196 242 3 881250949"]);

    [Fact]
    public void Read_TextInTheThirdColumn_LeavesTheNumberBehindItToAWarning() =>
        Read("a.tsv", "u1\tartist1\tthe beatles\t200\nu2\tartist2\tthe kinks\t100\n").Reading.Warnings.Single()
            .ShouldContain("for counts, --columns user=1,item=2,count=4.");
}
