namespace Encore.Data.Tests;

/// <summary>Which column of a log with a header is what, and what is said about it.</summary>
public sealed class ColumnRolesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (Interactions Log, LogReading Reading) Read(string text, ReadOptions? options = null, string name = "a.csv")
    {
        LogReading? reading = null;
        var log = InteractionReader.Read(_folder.Write(name, text), (options ?? new ReadOptions()) with { Understood = r => reading = r });
        return (log, reading.ShouldNotBeNull());
    }

    private static string Roles(LogReading reading) => string.Join(' ', reading.Columns.Where(c => c.Role != ColumnRole.None).OrderBy(c => c.Role).Select(c => c.Name));

    [Theory]
    [InlineData("Book-Rating")]
    [InlineData("ratings")]
    [InlineData("user_rating")]
    [InlineData("userRating")]
    [InlineData("review_overall")]
    [InlineData("review/score")]
    [InlineData("Rate")]
    [InlineData("Rating (1-5)")]
    [InlineData("vote")]
    [InlineData("my_score")]
    [InlineData("stars")]
    [InlineData("rating:float")]
    public void Read_RatingByAnyName_IsTheRating(string name)
    {
        var (log, reading) = Read($"user_id,item_id,{name}\n1,2,5\n1,3,1\n2,2,3\n");
        log.HasRatings.ShouldBeTrue();
        log.Values.ToArray().ShouldBe([5, 1, 3]);
        reading.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("t_dat")]
    [InlineData("review_date")]
    [InlineData("reviewTime")]
    [InlineData("event_timestamp")]
    [InlineData("Check-in Time")]
    [InlineData("UTC time")]
    [InlineData("date_added")]
    [InlineData("timestamp_created")]
    [InlineData("created_at")]
    [InlineData("InvoiceDate")]
    [InlineData("watched_at")]
    public void Read_TimeByAnyName_IsTheTime(string name)
    {
        var (log, reading) = Read($"user_id,item_id,{name}\n1,2,1500000002\n1,3,1500000001\n2,2,1500000000\n");
        log.Times.ToArray().ShouldBe([1500000001, 1500000002, 1500000000]);
        reading.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("count")]
    [InlineData("plays")]
    [InlineData("weight")]
    [InlineData("playcount")]
    [InlineData("play_count")]
    [InlineData("listen count")]
    [InlineData("Quantity")]
    [InlineData("playtime_forever")]
    [InlineData("hours_played")]
    public void Read_CountByAnyName_IsImplicitFeedbackWithAWeight(string name)
    {
        var (log, reading) = Read($"user,artist_id,{name}\n1,2,1\n1,3,250\n2,2,3\n2,4,0\n2,5,-1\n");
        (log.HasRatings, log.HasCounts).ShouldBe((false, true));
        log.Lines().ShouldBe(["1 2 1", "1 3 250", "2 2 3"]);
        log.Filter(new InteractionFilter { Binarize = true }).HasCounts.ShouldBeFalse();
        reading.Columns[2].Role.ShouldBe(ColumnRole.Count);
        reading.Notes.ShouldContain(n => n.StartsWith("The values are counts", StringComparison.Ordinal));
        reading.Notes.ShouldContain("2 pairs of a user and an item have a count of 0 or less and are left out.");
    }

    [Theory]
    [InlineData("userId,movieId,rating,timestamp", "userId movieId rating timestamp")]
    [InlineData("User-ID,ISBN,Book-Rating", "User-ID ISBN Book-Rating")]
    [InlineData("overall,reviewerID,asin,reviewText,unixReviewTime,vote", "reviewerID asin overall unixReviewTime")]
    [InlineData("review_id,user_id,business_id,stars,useful,funny,cool,date", "user_id business_id stars date")]
    [InlineData("user_id,book_id,review_id,is_read,rating,date_added,date_updated,read_at", "user_id book_id rating date_added")]
    [InlineData("t_dat,customer_id,article_id,price,sales_channel_id", "customer_id article_id t_dat")]
    [InlineData("timestamp,visitorid,event,itemid,transactionid", "visitorid itemid timestamp")]
    [InlineData("userID,artistID,weight", "userID artistID weight")]
    [InlineData("order_id,product_id,add_to_cart_order,reordered", "order_id product_id")]
    [InlineData("Cust_Id,Movie_Id,Rating,Date", "Cust_Id Movie_Id Rating Date")]
    [InlineData("user_id,anime_id,rating", "user_id anime_id rating")]
    [InlineData("username,anime_id,my_score,my_last_updated", "username anime_id my_score")]
    [InlineData("product/productId,review/userId,review/score,review/time,review/helpfulness", "review/userId product/productId review/score review/time")]
    [InlineData("User ID,Venue ID,Venue category name,Latitude,Longitude,UTC time", "User ID Venue ID UTC time")]
    [InlineData("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID", "CustomerID StockCode Quantity InvoiceDate")]
    [InlineData("user_name,user_id,item_id,rating_count,rating", "user_id item_id rating")]
    [InlineData("user_id,item_id,timestamp_updated,timestamp_created", "user_id item_id timestamp_created")]
    [InlineData("user_id:token,item_id:token,rating:float,timestamp:float", "user_id:token item_id:token rating:float timestamp:float")]
    public void Read_HeadersOfPublicDataSets_AreUnderstood(string header, string expected)
    {
        // Numbers that may be anything: the names alone decide.
        string[] names = header.Split(',');
        string row = string.Join(',', names.Select((_, c) => c + 1));
        Roles(Read($"{header}\n{row}\n").Reading).ShouldBe(expected);
    }

    [Theory]
    [InlineData("rating_count")]
    [InlineData("avg_rating")]
    [InlineData("imdb_rating")]
    [InlineData("rating_id")]
    [InlineData("helpful_votes")]
    [InlineData("price")]
    public void Read_NumbersOfAnotherKind_AreNoRatings(string name)
    {
        var (log, _) = Read($"user,item,{name}\n1,2,5\n1,3,1\n");
        (log.HasRatings, log.HasCounts).ShouldBe((false, false));
    }

    [Fact]
    public void Read_NumberLeftOver_WarnsWithTheOptionToType() =>
        Read("user,item,opinion\n1,2,5\n1,3,1\n").Reading.Warnings.ShouldBe(
        [
            "Column opinion (5, 1) holds numbers and is not used, so every interaction counts as 1. For ratings say --columns rating=opinion; for counts, --columns count=opinion.",
        ]);

    [Fact]
    public void Read_NumberLeftOverWithABlankInItsName_QuotesTheOption() =>
        Read("user,item,my opinion\n1,2,5\n").Reading.Warnings[0].ShouldContain("--columns \"rating=my opinion\"");

    [Theory]
    [InlineData("2020-01-02")]
    [InlineData("1500000000")]
    [InlineData("\"Jan 5, 2014\"")]
    public void Read_TimeLeftOver_WarnsWithTheOptionToType(string time) =>
        Read($"user,item,last_seen\n1,2,{time}\n1,3,{time}\n").Reading.Warnings.Single().ShouldEndWith(
            "looks like a time and is not used, so the order of the file counts. Say --columns timestamp=last_seen.");

    [Fact]
    public void Read_OptionInAWarning_KeepsWhatWasSaid() =>
        Read("who,what,how\n1,2,5\n", new ReadOptions { Columns = ColumnNames.Parse("user=who,item=what") }).Reading.Warnings.Single()
            .ShouldContain("--columns user=who,item=what,rating=how;");

    [Fact]
    public void Read_WarnedOption_IsTaken()
    {
        string warning = Read("user,item,last seen,how\n1,2,2020-01-01,5\n").Reading.Warnings[0];
        string option = warning[(warning.IndexOf("--columns ", StringComparison.Ordinal) + 10)..warning.IndexOf(';', StringComparison.Ordinal)].Trim('"');
        Read("user,item,last seen,how\n1,2,2020-01-01,5\n", new ReadOptions { Columns = ColumnNames.Parse(option) }).Log.HasRatings.ShouldBeTrue();
    }

    [Fact]
    public void Read_IdsAndPlacesLeftOver_AreNoRatings() =>
        Read("user,item,category_id,latitude\n1,2,7,30.2\n").Reading.Warnings.ShouldBeEmpty();

    [Fact]
    public void Read_SeveralRatings_AreNotGuessed()
    {
        var (log, reading) = Read("user,item,food_rating,service_rating\n1,2,5,4\n");
        log.HasRatings.ShouldBeFalse();
        reading.Warnings[0].ShouldBe("Columns food_rating and service_rating may each be the rating, so none of them is used. Say which it is with --columns.");
    }

    [Fact]
    public void Read_SeveralUsers_AreRefused() =>
        Should.Throw<InvalidDataException>(() => Read("buyer_id,rater_id,item\n1,2,3\n")).Message
            .ShouldContain("columns buyer_id and rater_id may each be the user. Say which it is");

    [Fact]
    public void Read_Mapping_IsALine() =>
        Read("userId,title,movieId,rating\n1,x,2,5\n").Reading.ToString().ShouldBe("a.csv: user = userId, item = movieId, rating = rating; not used: title.");

    [Fact]
    public void Read_Samples_AreTheFirstValues() =>
        Read("user,item,text\n1,2,a\n3,4,b\n5,6,c\n7,8,d\n").Reading.Columns[2].Samples.ShouldBe(["a", "b", "c"]);

    [Fact]
    public void Read_ParquetAndJson_ReportTheirColumns()
    {
        LogReading? reading = null;
        var options = new ReadOptions { Understood = r => reading = r };
        InteractionReader.Read(_folder.Copy("a.parquet", "SELECT 1 AS user_id, 2 AS item_id, 3.5 AS opinion, DATE '2020-01-01' AS seen", "FORMAT parquet"), options);
        reading!.Warnings.Count.ShouldBe(2);
        reading.Columns.Select(c => c.Samples[0]).ShouldBe(["1", "2", "3.5", "2020-01-01"]);
        Read("{\"user\": 1, \"item\": 2, \"opinion\": 4, \"seen\": \"2020-01-01\"}\n", name: "a.jsonl").Reading.Warnings.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("user=who,item=what,rating=hw", "found no column 'hw' for the rating; its columns are who, what, how. Did you mean how?")]
    [InlineData("user=who,item=what,rating=4", "found no column '4' for the rating; its columns are who, what, how.")]
    [InlineData("user=who,item=1", "found column who for the user and the item, expected one for each.")]
    public void Read_WrongColumns_SayWhatThereIsInEveryFormat(string columns, string message)
    {
        var options = new ReadOptions { Columns = ColumnNames.Parse(columns) };
        string[] paths =
        [
            _folder.Write("a.csv", "who,what,how\n1,2,3\n"),
            _folder.Write("a.jsonl", "{\"who\": 1, \"what\": 2, \"how\": 3}\n"),
            _folder.Copy("a.parquet", "SELECT 1 AS who, 2 AS what, 3 AS how", "FORMAT parquet"),
        ];
        foreach (string path in paths)
        {
            Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, options)).Message.ShouldEndWith(message);
        }

        Should.Throw<InvalidDataException>(() => InteractionReader.Read(null, options with { Query = "SELECT 1 AS who, 2 AS what, 3 AS how" })).Message.ShouldEndWith(message);
    }

    [Fact]
    public void Read_ColumnsOfAdjacencyLists_AreRefused() =>
        Should.Throw<InvalidDataException>(() => Read("0 1 2\n1 2 3 4\n", new ReadOptions { Format = DataFormat.Adjacency, Columns = ColumnNames.Parse("user=1,item=2") }, "a.txt"))
            .Message.ShouldContain("found columns for adjacency lists, which have none");

    [Theory]
    [InlineData("a.jsonl", "{\"user\": {\"id\": 1}, \"item\": 2}\n", "found objects in column user")]
    [InlineData("b.jsonl", "{\"user\": 1, \"item\": [2, 3]}\n", "found lists in column item")]
    public void Read_NestedIds_AreRefused(string name, string text, string message) =>
        Should.Throw<InvalidDataException>(() => Read(text, name: name)).Message.ShouldContain(message);

    [Fact]
    public void Read_NestedIdsInParquet_AreRefused()
    {
        foreach (string type in (string[])["[1, 2]", "{'id': 1}", "MAP {'a': 1}"])
        {
            string path = _folder.Copy("n.parquet", $"SELECT {type} AS user, 'i' AS item", "FORMAT parquet");
            Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message.ShouldContain("in column user (");
        }
    }

    [Fact]
    public void Read_NestedIdFarDown_NamesTheLine()
    {
        string rows = string.Concat(Enumerable.Range(0, 30_000).Select(k => $"{{\"user\": \"u{k}\", \"item\": \"i\"}}\n"));
        string path = _folder.Write("far.jsonl", rows + "{\"user\": [\"a\", \"b\"], \"item\": \"i\"}\n");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldStartWith($"{path}:30001: found '[\"a\",");
    }

    [Fact]
    public void From_DatabaseWithCounts_HasCounts()
    {
        using var table = new System.Data.DataTable { Locale = System.Globalization.CultureInfo.InvariantCulture };
        table.Columns.Add("user_id", typeof(int));
        table.Columns.Add("song_id", typeof(int));
        table.Columns.Add("play_count", typeof(int));
        table.Rows.Add(1, 2, 40);
        table.Rows.Add(1, 3, 0);
        using var reader = table.CreateDataReader();
        var log = Interactions.From(reader);
        (log.HasCounts, log.HasRatings).ShouldBe((true, false));
        log.Lines().ShouldBe(["1 2 40"]);
    }
}
