namespace Encore.Data.Tests;

/// <summary>What the options of side information take.</summary>
public sealed class FeatureSpecTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parse_Columns_AreRecipes()
    {
        var spec = FeatureSpec.Parse("movies.csv:genres, year=bins(5),title=text(2000),code=id", _folder.Path);
        (spec.Path, spec.IdColumn, spec.Table).ShouldBe(("movies.csv", "code", null));
        spec.Columns.ShouldBe([new FeatureRecipe("genres"), new FeatureRecipe("year") { Kind = FeatureKind.Bins, Size = 5 }, new FeatureRecipe("title") { Kind = FeatureKind.Text, Size = 2000 }]);
        FeatureSpec.Parse("movies.csv", _folder.Path).Columns.ShouldBeNull();
        FeatureSpec.Parse("movies.csv:code=id", _folder.Path).Columns.ShouldBeNull();
    }

    [Fact]
    public void Parse_PathWithAColonThatExists_IsAPath()
    {
        _folder.Write("a:b.csv", "item,x\n1,2\n");
        FeatureSpec.Parse("a:b.csv", _folder.Path).ShouldBe(new FeatureSpec("a:b.csv"));
        var spec = FeatureSpec.Parse("a:b.csv:x:token_seq=words", _folder.Path);
        (spec.Path, spec.Columns!.Single()).ShouldBe(("a:b.csv", new FeatureRecipe("x:token_seq") { Kind = FeatureKind.Words }));
        FeatureSpec.Parse(@"C:\x.csv", _folder.Path).ShouldBe(new FeatureSpec(@"C:\x.csv"));
        FeatureSpec.Parse(@"C:\x.csv:y", _folder.Path).Path.ShouldBe(@"C:\x.csv");
    }

    [Fact]
    public void Parse_TableOfADatabase_StandsBehindASlash()
    {
        string path = _folder.Write("shop.db", "");
        var spec = FeatureSpec.Parse($"{path}/items:colour", null);
        (spec.Path, spec.Table, spec.Columns!.Single().Column).ShouldBe((path, "items", "colour"));
    }

    [Theory]
    [InlineData("x.csv:genres=bn", "found no", "expected NAME or NAME=KIND")]
    [InlineData("x.csv:a,a=words", "x.csv:a,a=words: found column a twice", "")]
    [InlineData("x.csv:a=id,b=id", "expected one column of ids", "")]
    [InlineData("x.csv:a,,b", "expected NAME", "")]
    public void Parse_WhatIsWrong_IsSaid(string text, string first, string second)
    {
        string message = Should.Throw<FormatException>(() => FeatureSpec.Parse(text, _folder.Path)).Message;
        message.ShouldContain(first == "found no" ? "Found column" : first);
        message.ShouldContain(second);
    }

    [Theory]
    [InlineData("x.csv", "/a/x.csv")]
    [InlineData("../x.csv:genres,year=bins(5)", "/x.csv:genres,year=bins(5)")]
    [InlineData("ml-1m:genres", "ml-1m:genres")]
    [InlineData("demo", "demo")]
    [InlineData("/b/x.csv:y", "/b/x.csv:y")]
    public void Absolute_Path_StartsAtTheFolder(string text, string expected) => FeatureSpec.Absolute(text, "/a").ShouldBe(expected);

    [Fact]
    public void Parse_Knowledge_HasHopsAndItems()
    {
        KnowledgeSpec.Parse("k.nt:hops=2,min-items=5", _folder.Path).ShouldBe(new KnowledgeSpec("k.nt") { Hops = 2, MinimumItems = 5 });
        KnowledgeSpec.Parse("k.nt", _folder.Path).ShouldBe(new KnowledgeSpec("k.nt") { Hops = 1, MinimumItems = 2 });
        foreach (string wrong in (string[])["hops=3", "hop=2", "min-items=0", "min-items", "hops=x"])
        {
            Should.Throw<FormatException>(() => KnowledgeSpec.Parse($"k.nt:{wrong}", _folder.Path)).Message.ShouldStartWith($"k.nt:{wrong}: found '{wrong}', expected hops=1 or hops=2");
        }
    }
}
