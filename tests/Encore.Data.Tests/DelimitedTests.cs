namespace Encore.Data.Tests;

public sealed class DelimitedTests : IDisposable
{
    // The three interactions of every format below.
    private static readonly string[] Expected = ["1 10 4.5 100", "1 20 3 200", "2 10 1 50"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Read(string name, string text, ReadOptions? options = null) =>
        InteractionReader.Read(_folder.Write(name, text), options);

    [Theory]
    [InlineData("a.csv", ",")]
    [InlineData("a.tsv", "\t")]
    [InlineData("a.dat", "::")]
    [InlineData("a.txt", ";")]
    [InlineData("a.txt", "|")]
    [InlineData("a.txt", " ")]
    public void Read_EachDelimiter_WithAndWithoutHeader(string name, string delimiter)
    {
        string rows = "1,20,3,200\n1,10,4.5,100\n2,10,1,50\n".Replace(",", delimiter, StringComparison.Ordinal);
        string header = "userId,movieId,rating,timestamp\n".Replace(",", delimiter, StringComparison.Ordinal);
        foreach (string text in (string[])[rows, header + rows])
        {
            var log = Read(name, text);
            log.Lines().ShouldBe(Expected);
            (log.HasRatings, log.HasTimes, log.RowsRead).ShouldBe((true, true, 3));
        }
    }

    [Fact]
    public void Read_DelimiterAndHeaderGiven_AreTaken() =>
        Read("a.csv", "a~b~c\nu~i~2\n", new ReadOptions
        {
            Delimiter = "~",
            Header = true,
            Columns = ColumnNames.Parse("user=a,item=b,rating=c"),
        }).Lines().ShouldBe(["u i 2"]);

    [Theory]
    [InlineData("user,item")]
    [InlineData("userId,itemId")]
    [InlineData("user_id,item_id")]
    [InlineData("User-ID,ISBN")]
    [InlineData("uid,movie_id")]
    [InlineData("user_id:token,item_id:token")]
    [InlineData("reviewerID,parent_asin")]
    [InlineData("u,i")]
    public void Read_UsualNames_AreFound(string header) =>
        Read("a.csv", header + "\nann,x\nbob,y\n").Lines().ShouldBe(["ann x 1", "bob y 1"]);

    [Fact]
    public void Read_ColumnsInAnyOrder_GoByName() =>
        Read("a.csv", "timestamp,comment,rating,item,user\n7,\"well, so\",2.5,i,u\n").Lines().ShouldBe(["u i 2.5 7"]);

    [Fact]
    public void Read_NamedColumns_WinOverUsualNames() =>
        Read("a.csv", "user,item,rating,reader,book_title\n1,2,3,r,b\n", new ReadOptions
        {
            Columns = ColumnNames.Parse("user=reader,item=book_title"),
        }).Lines().ShouldBe(["r b 3"]);

    [Fact]
    public void Read_Positions_CountFromOne() =>
        Read("a.csv", "5,100,u,i\n4,200,u,j\n", new ReadOptions
        {
            Columns = ColumnNames.Parse("user=3,item=4,rating=1,timestamp=2"),
        }).Lines().ShouldBe(["u i 5 100", "u j 4 200"]);

    [Fact]
    public void Read_ItemGivenByPosition_IsNotTheUserAsWell() =>
        Read("a.csv", "user,name\nx,ann\n", new ReadOptions { Columns = ColumnNames.Parse("item=1,user=name") })
            .Lines().ShouldBe(["ann x 1"]);

    [Fact]
    public void Read_NoRatingColumn_IsImplicitFeedback()
    {
        var log = Read("a.csv", "user,item,timestamp\nu,j,2\nu,i,1\n");
        log.HasRatings.ShouldBeFalse();
        log.Lines().ShouldBe(["u i 1 1", "u j 1 2"]);
    }

    [Fact]
    public void Read_NoTimeColumn_KeepsTheOrderOfTheFile()
    {
        var log = Read("a.csv", "user,item,rating\nu,c,1\nv,x,1\nu,a,2\nu,b,3\n");
        log.HasTimes.ShouldBeFalse();
        log.Lines().ShouldBe(["u c 1", "u a 2", "u b 3", "v x 1"]);
    }

    [Fact]
    public void Read_EqualTimes_KeepTheOrderOfTheFile() =>
        Read("a.csv", "user,item,timestamp\nu,c,5\nu,a,5\nu,b,4\n").Lines().ShouldBe(["u b 1 4", "u c 1 5", "u a 1 5"]);

    [Fact]
    public void Read_HeaderlessThirdColumnOfLargeNumbers_IsTheTime() =>
        Read("a.csv", "1,2,978300760\n1,3,978300750\n").Lines().ShouldBe(["1 3 1 978300750", "1 2 1 978300760"]);

    [Fact]
    public void Read_IdsWithLeadingZeros_AreNotNumbers()
    {
        var log = Read("a.csv", "user,item\n007,x\n7,x\n07,y\n");
        log.Users.Ids().ShouldBe(["007", "07", "7"]);
        log.Users.IsInteger.ShouldBeFalse();
    }

    [Fact]
    public void Read_OddIds_ComeBackAsTheyAre()
    {
        string[] ids = ["Zoë", "日本", "a b", "12345678901234567890123", "-0", "+5", "1.10", "1e3", "NULL", "true", "a\"b", "x,y"];
        string rows = string.Concat(ids.Select(id => $"\"{id.Replace("\"", "\"\"", StringComparison.Ordinal)}\",item\n"));
        Read("a.csv", "user,item\n" + rows).Users.Ids().ShouldBe(ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_WholeNumbers_AreOrderedAsNumbers() =>
        Read("a.csv", "user,item\n10,1\n9,1\n-2,1\n9223372036854775807,1\n").Users.Ids()
            .ShouldBe(["-2", "9", "10", "9223372036854775807"]);

    [Fact]
    public void Read_LettersAsIdsWithoutHeader_AreNoHeader() =>
        Read("a.csv", "u,i,5\nv,j,4\n").Lines().ShouldBe(["u i 5", "v j 4"]);

    [Fact]
    public void Read_WordsWithoutHeader_AreAllData() =>
        Read("a.csv", "ann,x\nbob,y\n").Lines().ShouldBe(["ann x 1", "bob y 1"]);

    [Fact]
    public void Read_UnusualHeaderOverNumbers_IsNoData() =>
        Read("a.csv", "who,what,how\n1,2,3\n4,5,6\n", new ReadOptions { Columns = ColumnNames.Parse("user=1,item=2,rating=3") })
            .Lines().ShouldBe(["1 2 3", "4 5 6"]);

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n\n")]
    [InlineData("\n")]
    public void Read_LineEnds_DoNotGetIntoIds(string end)
    {
        string text = string.Join(end, "rating,user,item", "1,u,i", "2,v,j");
        Read("a.csv", text).Lines().ShouldBe(["u i 1", "v j 2"]);
        Read("b.csv", text + end).Lines().ShouldBe(["u i 1", "v j 2"]);
    }

    [Theory]
    [InlineData("user,item\nu,i\n")]
    [InlineData("u,i\n")]
    [InlineData("u x y\nv x\nw\nq x y z\n")]
    public void Read_ByteOrderMark_IsNoPartOfTheFirstField(string text) =>
        Read("a.csv", "\uFEFF" + text).Users[0].ShouldBeOneOf("u", "q");

    [Theory]
    [InlineData("2020-01-01", 1577836800000)]
    [InlineData("2020-01-01 10:00:00", 1577872800000)]
    [InlineData("2020-01-01T10:00:00.250", 1577872800250)]
    [InlineData("2020-01-01T10:00:00Z", 1577872800000)]
    [InlineData("2020-01-01T12:00:00+02:00", 1577872800000)]
    [InlineData("1577872800.25", 1577872800250)]
    [InlineData("1577872800", 1577872800)]
    public void Read_Times_AreSecondsOrElseMilliseconds(string time, long expected)
    {
        Read("a.csv", $"user,item,rating,timestamp\nu,i,1,{time}\n").Times.ToArray().ShouldBe([expected]);
        Read("b.csv", $"u,i,1,{time}\n").Times.ToArray().ShouldBe([expected]);
    }

    [Theory]
    [InlineData(DuplicatePolicy.KeepLast, "u i 2 30")]
    [InlineData(DuplicatePolicy.Sum, "u i 7 30")]
    [InlineData(DuplicatePolicy.Max, "u i 4 30")]
    public void Read_Duplicates_FollowThePolicyAndAreCounted(DuplicatePolicy policy, string expected)
    {
        var log = Read("a.csv", "user,item,rating,time\nu,i,2,30\nu,i,4,10\nu,i,1,20\nv,i,3,5\n", new ReadOptions { Duplicates = policy });
        log.Lines().ShouldBe([expected, "v i 3 5"]);
        (log.RowsRead, log.Duplicates, log.Count).ShouldBe((4, 2, 2));
    }

    [Fact]
    public void Read_DuplicatesAsErrors_NamesUserAndItem() =>
        Should.Throw<InvalidDataException>(() => Read("a.csv", "user,item\nann,x\nann,x\n", new ReadOptions { Duplicates = DuplicatePolicy.Error }))
            .Message.ShouldContain("User ann has item x more than once");

    [Fact]
    public void Read_ManyChunks_KeepsEveryRowInOrder()
    {
        string[] rows = [.. Enumerable.Range(0, 300_000).Select(k => $"{k % 7},{k},{k % 5}")];
        var log = Read("a.csv", "user,item,rating\n" + string.Join('\n', rows));
        log.Count.ShouldBe(300_000);
        for (int user = 0; user < 7; user++)
        {
            var items = log.UserItems(user);
            for (int k = 0; k < items.Length; k++)
            {
                log.Items[items[k]].ShouldBe($"{user + (7 * k)}");
                log.UserValues(user)[k].ShouldBe((user + (7 * k)) % 5);
            }
        }
    }

    [Fact]
    public void Read_FileNamedLikeAPattern_IsThatFile()
    {
        _folder.Write("a1.csv", "user,item\nwrong,x\n");
        Read("a[1].csv", "user,item\nright,x\n").Users[0].ShouldBe("right");
        if (!OperatingSystem.IsWindows())
        {
            Read("a*.csv", "user,item\nright,x\n").Lines().ShouldBe(["right x 1"]);
        }

        Read("it's.csv", "user,item\nright,x\n").Users[0].ShouldBe("right");
    }

    [Fact]
    public void Read_Folder_TakesTheKnownFile()
    {
        _folder.Write("ratings.csv", "userId,movieId,rating,timestamp\n1,2,3,4\n");
        InteractionReader.Read(_folder.Path).Lines().ShouldBe(["1 2 3 4"]);
    }

    [Fact]
    public void Read_Progress_EndsAtOne()
    {
        var reports = new Recorder<double>();
        Read("a.csv", "user,item\nu,i\n", new ReadOptions { Progress = reports });
        reports.All[^1].ShouldBe(1);
    }

    [Fact]
    public void Read_Cancelled_Stops()
    {
        string rows = string.Concat(Enumerable.Range(0, 10_000).Select(k => $"{k},{k}\n"));
        Should.Throw<OperationCanceledException>(() => InteractionReader.Read(_folder.Write("a.csv", rows), cancellationToken: new CancellationToken(true)));
    }
}
