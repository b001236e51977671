using Microsoft.Data.Sqlite;

namespace Encore.Data.Tests;

/// <summary>What is known of items and users, from files of every kind.</summary>
public sealed class FeatureReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds => ["csv", "tsv", "csv.gz", "jsonl", "parquet", "duckdb", "sqlite"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_EveryKindOfFile_GivesTheSame(string kind)
    {
        var file = FeatureReader.Read(Table(kind), FeatureSubject.Items, null, Options);
        file.IdColumn.ShouldBe("item");
        file.Table.Ids.Ids().ShouldBe(["007", "a", "b"]);
        file.Table.Columns.Select(c => c.Name).ShouldBe(["genres", "year", "emb"]);
        Texts(file, "genres").ShouldBe(["War|Spy", "Spy", ""]);
        Texts(file, "year").ShouldBe(["1964", "", "1999"]);
        var vectors = file.Table["emb"];
        (vectors.HasVectors, vectors.Width).ShouldBe((true, 2));
        vectors.Vector(0).ToArray().ShouldBe([0.5f, 2]);
        vectors.Has(1).ShouldBeFalse();
        vectors.Vector(2).ToArray().ShouldBe([-1, 0.25f]);
        file.ToFeatures().Matrix.Row(0).ShouldBe([(0, 1f), (1, 1f), (2, 1f), (4, 0.5f), (5, 2f)]);
    }

    [Fact]
    public void Read_Query_IsReadAsItsResult()
    {
        string path = _folder.Write("a.csv", "code,tag,n\nx,one,1\ny,two,2\n");
        var file = FeatureReader.Read(path, FeatureSubject.Items, null, new ReadOptions { Query = "SELECT code AS item, upper(tag) AS tag FROM data WHERE n > 1" });
        file.Table.Ids.Ids().ShouldBe(["y"]);
        Texts(file, "tag").ShouldBe(["TWO"]);
    }

    [Fact]
    public void Load_TableOfADatabase_IsRead()
    {
        string path = Table("sqlite");
        var file = FeatureReader.Load(FeatureSpec.Parse($"{path}/items:genres"), FeatureSubject.Items);
        (file.Recipes.Single().Column, file.Table.Ids.Count).ShouldBe(("genres", 3));
        Should.Throw<InvalidDataException>(() => FeatureReader.Load(FeatureSpec.Parse($"{path}/itms"), FeatureSubject.Items)).Message.ShouldContain("found no table itms. Did you mean items?");
    }

    [Fact]
    public void Read_SeveralLinesOfAnId_AreGatheredAndSaidSo()
    {
        string path = _folder.Write("tags.csv", "userId,movieId,tag,timestamp\n2,60756,funny,1445714994\n3,60756,\"a|b\",1\n4,60756,funny,2\n2,1,will ferrell,1445714992\n");
        var file = FeatureReader.Read(path, FeatureSubject.Items, null, Options);
        file.Table.Ids.Ids().ShouldBe(["1", "60756"]);
        file.Table.Columns.Select(c => c.Name).ShouldBe(["tag"]);
        Texts(file, "tag").ShouldBe(["will ferrell", "funny|a|b"]);
        _notes.All.ShouldBe([$"{path}: userId and timestamp are left out, as in a log; name the columns to read others.", $"{path}: 1 of 2 items have several lines; their values are gathered."]);
        var users = FeatureReader.Read(path, FeatureSubject.Users, [new FeatureRecipe("tag"), new FeatureRecipe("timestamp")]);
        Texts(users, "tag").ShouldBe(["funny|will ferrell", "a|b", "funny"]);
        Texts(users, "timestamp").ShouldBe(["1445714994|1445714992", "1", "2"]);
    }

    [Theory]
    [InlineData("[0.1, 0.2]", "[1, 2]", true)]
    [InlineData("[1, 3]", "[1, 2]", false)]
    [InlineData("[0.1, 0.2]", "[1]", false)]
    [InlineData("[0.1, 0.2]", "[a, b]", false)]
    [InlineData("[0.1, 0.2]", "x", false)]
    public void Read_ListsInText_AreVectorsWhereAllHaveOneLengthAndOneIsNotWhole(string first, string second, bool expected)
    {
        string path = _folder.Write("a.csv", $"item,v\na,\"{first}\"\nb,\nc,\"{second}\"\n");
        FeatureReader.Read(path, FeatureSubject.Items, null, Options).Table["v"].HasVectors.ShouldBe(expected);
        _notes.All.Count.ShouldBe(!expected && first.Contains('.', StringComparison.Ordinal) ? 1 : 0);
    }

    [Fact]
    public void Read_Vectors_AreRefusedWithTheirLine()
    {
        string path = _folder.Write("a.csv", "item,v\na,\"[1, 2]\"\n\nb,\"[1, 2, 3]\"\n");
        Refused(path, [new FeatureRecipe("v") { Kind = FeatureKind.Vector }]).ShouldBe($"{path}:4: found a list of 3 in column v, expected a list of 2 numbers.");
        path = _folder.Write("b.csv", "item,v\na,\"[1, 2.5]\"\nb,\"[1, nan]\"\n");
        Refused(path).ShouldBe($"{path}:3: found NaN in column v, expected finite numbers.");
        path = _folder.Write("c.csv", "item,v\na,\"[1, 2.5]\"\na,\"[1, 2]\"\n");
        Refused(path).ShouldBe($"{path}:3: found a second vector of a in column v, expected one.");
        path = _folder.Write("d.csv", "item,v\na,\n");
        Refused(path, [new FeatureRecipe("v") { Kind = FeatureKind.Vector }]).ShouldBe($"{path}: found no list of numbers in column v, expected vectors.");
        FeatureReader.Read(_folder.Write("e.csv", "item,v\na,\"[1, 2]\"\n"), FeatureSubject.Items, [new FeatureRecipe("v") { Kind = FeatureKind.Vector }]).Table["v"].Width.ShouldBe(2);
    }

    [Fact]
    public void Read_BadFiles_SayWhatAndWhere()
    {
        string path = _folder.Write("a.csv", "item,tag\na,x\n,y\n");
        Refused(path).ShouldBe($"{path}:3: found nothing in column item, expected the id of an item.");
        path = _folder.Write("b.csv", "item,tag\na,x\nb,y,z\n");
        Refused(path).ShouldBe($"{path}:3: found 3 fields in 'b,y,z', expected 2 as on the first line.");
        path = _folder.Write("c.jsonl", "{\"item\": \"a\", \"tag\": \"x\"}\n{\"item\": \n");
        Refused(path).ShouldStartWith($"{path}:2: found '{{\"item\":");
        path = _folder.Write("d.csv", "item,Tag,tag\na,x,y\n");
        Refused(path).ShouldBe($"{path}:1: found the column Tag more than once, expected names that differ.");
        Refused(_folder.Write("e.csv", "")).ShouldEndWith("e.csv:1: found an empty file, expected a header and a row a line.");
        Refused(_folder.Write("f.csv", "item,tag\n")).ShouldEndWith("f.csv: found no row, expected one for each of the items.");
        Refused(_folder.Write("g.csv", "item\na\n")).ShouldContain("found one column (item), expected a column of ids and at least one that says something");
        Refused(_folder.Write("h.csv", "item,tag\na,b\n"), [new FeatureRecipe("tga")]).ShouldEndWith("found no column 'tga'; its columns are item, tag. Did you mean tag?");
        Refused(_folder.Write("i.csv", "item,tag\na,b\n"), [new FeatureRecipe("item")]).ShouldContain("column item holds the ids");
        Refused(_folder.Write("j.jsonl", "{\"item\": [1], \"tag\": 2}\n")).ShouldContain("found lists or objects in column item (BIGINT[]), expected the items' ids");
        Should.Throw<FileNotFoundException>(() => FeatureReader.Read(_folder["b.cvs"], FeatureSubject.Items)).Message.ShouldEndWith($"Did you mean {_folder["b.csv"]}?");
    }

    [Fact]
    public void Read_HeaderlessFile_HasColumnsByPosition()
    {
        string path = _folder.Write("users.txt", "u1|24|M\nu2|53|F\n");
        var file = FeatureReader.Read(path, FeatureSubject.Users, [new FeatureRecipe("2"), new FeatureRecipe("3")], Options);
        Texts(file, "2").ShouldBe(["24", "53"]);
        Texts(file, "3").ShouldBe(["M", "F"]);
        _notes.All[0].ShouldEndWith("there is no header, and columns are called 1, 2, …");
        FeatureReader.Read(_folder.Write("words.csv", "a,b\nc,d\n"), FeatureSubject.Users, null, new ReadOptions { Header = false }).Table.Ids.Ids().ShouldBe(["a", "c"]);
    }

    [Fact]
    public void Read_RecBole_KnowsTypesBehindNames()
    {
        string path = _folder.Write("a.item", "item_id:token\ttitle:token_seq\tgenre:token_seq\tv:float_seq\n1\tToy Story\tFun Toys\t0.5 1\n2\tHeat\tCrime\t1 2\n");
        var file = FeatureReader.Read(path, FeatureSubject.Items);
        file.IdColumn.ShouldBe("item_id");
        Texts(file, "genre").ShouldBe(["Fun|Toys", "Crime"]);
        file.Table["v"].Vector(0).ToArray().ShouldBe([0.5f, 1]);
        file.Titles["1"].ShouldBe("Toy Story");
        FeatureReader.Read(path, FeatureSubject.Items, [new FeatureRecipe("genre:token_seq")]).Recipes.Single().Column.ShouldBe("genre");
    }

    [Fact]
    public void Read_IdColumn_IsTheOneOfItsSubject()
    {
        string path = _folder.Write("a.csv", "customer_id,sku,colour\nc1,s1,red\n");
        FeatureReader.Read(path, FeatureSubject.Items).IdColumn.ShouldBe("sku");
        FeatureReader.Read(path, FeatureSubject.Users).IdColumn.ShouldBe("customer_id");
        FeatureReader.Load(FeatureSpec.Parse($"{path}:colour=id,sku"), FeatureSubject.Items).Table.Ids.Ids().ShouldBe(["red"]);
    }

    [Fact]
    public void Read_WholeNumbersThatCameAsDoubles_AreWhole()
    {
        string path = _folder.Copy("a.parquet", "SELECT 'a' AS item, CAST(1995 AS DOUBLE) AS year UNION ALL SELECT 'b', 'nan'::DOUBLE UNION ALL SELECT 'c', 0.5", "FORMAT parquet");
        Texts(FeatureReader.Read(path, FeatureSubject.Items), "year").ShouldBe(["1995", "", "0.5"]);
    }

    [Fact]
    public void Read_Cancelled_Stops() => Should.Throw<OperationCanceledException>(() =>
        FeatureReader.Read(Table("csv"), FeatureSubject.Items, cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void Of_Files_AreJoinedOnTheIdsOfTheLog()
    {
        var items = IdMap.From(["a", "b", "z"]);
        var genres = FeatureReader.Read(_folder.Write("g.csv", "item,genre\na,X\nb,Y|X\nq,Never\n"), FeatureSubject.Items);
        var years = FeatureReader.Load(FeatureSpec.Parse(_folder.Write("y.csv", "item,year,url\nb,1990,1\na,1980,2\n") + ":year=number"), FeatureSubject.Items);
        var matched = MatchedFeatures.Of([genres, years], items);
        matched.Features.Ids.Ids().ShouldBe(["a", "b", "z"]);
        matched.Features.Space.Columns.Select(c => c.ToString()).ShouldBe(["genre: 2 values", "year: a number, scaled (mean 1985, standard deviation 5)"]);
        matched.Features.Matrix.Row(0).ShouldBe([(0, 1f), (2, -1f)]);
        matched.Features.Matrix.RowLength(2).ShouldBe(0);
        matched.Files.Select(f => (f.Matched, f.Ids, f.Features)).ShouldBe([(2, 3, 2), (2, 3, 1)]);
        matched.Files[0].Columns.Single().ShouldBe(new FeatureColumnSummary("genre", FeatureKind.Category, 1, 2));
        Should.Throw<InvalidDataException>(() => MatchedFeatures.Of([genres, genres], items)).Message.ShouldContain("Found a column genre in");
        Should.Throw<InvalidDataException>(() => MatchedFeatures.Of([genres], IdMap.From(["m1", "m2"]))).Message
            .ShouldBe($"{_folder["g.csv"]}: found none of the 2 items of the data in column item (such as a, b, q), expected ids such as m1, m2. Name the column with the ids: FILE:COLUMN=id");
        var words = FeatureReader.Read(_folder["g.csv"], FeatureSubject.Items, [new FeatureRecipe("genre") { Kind = FeatureKind.Number }]);
        Should.Throw<InvalidDataException>(() => MatchedFeatures.Of([words], items)).Message.ShouldBe($"{_folder["g.csv"]}: Column genre: found X, expected a number.");
    }

    private ReadOptions Options => new() { Notes = _notes };

    private static string Refused(string path, FeatureRecipe[]? columns = null) => Should.Throw<InvalidDataException>(() => FeatureReader.Read(path, FeatureSubject.Items, columns)).Message;

    private static string[] Texts(FeatureFile file, string column) => [.. Enumerable.Range(0, file.Table.Ids.Count).Select(r => string.Join('|', file.Table[column].Texts(r)))];

    // The same three items in every format.
    private string Table(string kind)
    {
        const string Rows = "item,genres,year,emb\na,Spy,,\n007,War|Spy,1964,\"[0.5, 2]\"\nb,,1999,\"[-1, 0.25]\"\n";
        const string Typed = "SELECT * FROM (VALUES ('a', ['Spy'], NULL, NULL), ('007', ['War', 'Spy'], 1964, [0.5::FLOAT, 2]), ('b', NULL, 1999, [-1, 0.25::FLOAT])) t(item, genres, year, emb)";
        string path = _folder["a." + kind];
        switch (kind)
        {
            case "csv":
                return _folder.Write("a.csv", Rows);
            case "tsv":
                return _folder.Write("a.tsv", "item\tgenres\tyear\temb\na\tSpy\t\t\n007\tWar|Spy\t1964\t[0.5, 2]\nb\t\t1999\t[-1, 0.25]\n");
            case "csv.gz":
                return _folder.WriteGzip("a.csv.gz", Rows);
            case "jsonl":
                return _folder.Write("a.jsonl", "{\"item\": \"a\", \"genres\": [\"Spy\"]}\n{\"item\": \"007\", \"genres\": [\"War\", \"Spy\"], \"year\": 1964, \"emb\": [0.5, 2]}\n{\"item\": \"b\", \"year\": 1999, \"emb\": [-1, 0.25]}\n");
            case "sqlite":
                using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
                {
                    connection.Open();
                    using var command = connection.CreateCommand();
                    command.CommandText = "CREATE TABLE items (item TEXT, genres TEXT, year INTEGER, emb TEXT); INSERT INTO items VALUES ('a', 'Spy', NULL, NULL), ('007', 'War|Spy', 1964, '[0.5, 2]'), ('b', NULL, 1999, '[-1, 0.25]')";
                    command.ExecuteNonQuery();
                }

                return path;
            default:
                using (var db = new DuckDb())
                {
                    db.Execute(kind == "parquet" ? $"COPY ({Typed}) TO {Text.Literal(path)} (FORMAT parquet)" : $"ATTACH {Text.Literal(path)} AS d; CREATE TABLE d.items AS {Typed}; DETACH d");
                }

                return path;
        }
    }
}

/// <summary>Rows of features as pairs.</summary>
internal static class MatrixRows
{
    public static (int Feature, float Value)[] Row(this Encore.Numerics.CsrMatrix matrix, int row) => [.. matrix.RowIndices(row).ToArray().Zip(matrix.RowValues(row).ToArray())];
}
