namespace Encore.Data.Tests;

/// <summary>Triples about items.</summary>
public sealed class KnowledgeReaderTests : IDisposable
{
    private static readonly IdMap Items = IdMap.From(["1", "2", "3"]);

    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("item,relation,entity\n1,director,A\n2,director,A\n3,director,B\n1,genre,X\n2,genre,X\n9,genre,X\n")]
    [InlineData("1\tdirector\tA\n2\tdirector\tA\n3\tdirector\tB\n1\tgenre\tX\n2\tgenre\tX\n9\tgenre\tX\n")]
    [InlineData("tail_id:token\thead_id:token\trelation_id:token\nA\t1\tdirector\nA\t2\tdirector\nB\t3\tdirector\nX\t1\tgenre\nX\t2\tgenre\nX\t9\tgenre\n")]
    [InlineData("<http://x/m/1> <http://x/director> <http://x/A> .\n# a comment\n\n<http://x/m/2> <http://x/director> <http://x/A> .\n<http://x/m/3> <http://x/director> <http://x/B> .\n" +
        "<http://x/m/1> <http://x/genre> \"X\"@en .\n<http://x/m/2> <http://x/genre> \"\\u0058\"^^<http://x/string> . # again\n<http://x/m/9> <http://x/genre> \"X\" .\n")]
    public void Read_Triples_BecomeAColumnForEachRelation(string text)
    {
        var file = Read(text, new KnowledgeSpec(""));
        file.Table.Ids.Ids().ShouldBe(["1", "2", "3"]);
        Shown(file).ShouldBe(["director: A, A, ", "genre: X, X, "]);
        file.Recipes.ShouldAllBe(r => r.Kind == FeatureKind.Category && r.MinimumRows == 2);
        _notes.All[^1].ShouldEndWith("6 triples; 2 entities in 2 columns; 1 that fewer than 2 items meet are left out.");
        Shown(Read(text, new KnowledgeSpec("") { MinimumItems = 1 })).ShouldBe(["director: A, A, B", "genre: X, X, "]);
        _notes.All.Any(n => n.Contains("items are known by the last part of their IRIs, such as 1 in http://x/m/1", StringComparison.Ordinal)).ShouldBe(text.StartsWith('<'));
    }

    [Fact]
    public void Read_TwoHops_ArePathsOfTwoRelations()
    {
        const string Text = "1 director A\n2 director B\n3 director C\nA country F\nB country F\nC country G\nA spouse 1\nB spouse A\nF in E\n";
        Shown(Read(Text, new KnowledgeSpec("") { Hops = 2 })).ShouldBe(["director/country: F, F, "]);

        // An item is nothing that is known of itself, and three hops are not two.
        Shown(Read(Text, new KnowledgeSpec("") { Hops = 2, MinimumItems = 1 })).ShouldBe(["director: A, B, C", "director/country: F, F, G", "director/spouse: , A, "]);
    }

    [Fact]
    public void Read_LabelsThatTwoIrisHave_AreIris()
    {
        var file = Read("<urn:m:1> <http://x/by> <http://x/A> .\n<urn:m:2> <http://x/by> <http://y/A> .\n<urn:m:2> <http://y/by> <http://x/B%20C> .\n", new KnowledgeSpec("") { MinimumItems = 1 });
        Shown(file).ShouldBe(["http://x/by: http://x/A, http://y/A", "http://y/by: , B C"]);
    }

    [Theory]
    [InlineData("<http://x/1> <http://x/p> <http://x/2> .\n<http://x/1> <http://x/p> <http://x/2>\n", ":2: found '<http://x/1> <http://x/p> <http://x/2>', expected a triple as N-Triples write it")]
    [InlineData("@prefix x: <http://x/> .\nx:1 x:p x:2 .\n", ":1: found '@prefix x: <http://x/> .', expected a triple")]
    [InlineData("<http://x/1> <http://x/p> \"open .\n", ":1: found")]
    [InlineData("item,relation,entity\n1,director,A\n2,,B\n", ":3: found nothing, expected a relation.")]
    [InlineData("a,b,c,d\n1,2,3,4\n", ": found the columns 1, 2, 3, 4, expected triples")]
    [InlineData("item,relation,entity\n7,director,A\n8,director,A\n", ": found none of the 3 items of the data among the heads of triples (such as 7, 8), expected ids such as 1, 2, 3")]
    [InlineData("item,relation,entity\n1,director,A\n2,director,B\n", ": found 2 entities, none of which 2 items meet; expected at least one. Say min-items=1")]
    public void Read_WhatIsWrong_IsSaid(string text, string message) =>
        Should.Throw<InvalidDataException>(() => Read(text, new KnowledgeSpec(""))).Message.ShouldContain(_folder["k.txt"] + message);

    [Fact]
    public void Read_TooManyEntitiesTwoHopsAway_IsRefusedBeforeItTakesMemory()
    {
        // 8,000 items at one hub with 8,000 neighbours are 64 million pairs.
        const int N = 8_000;
        string text = string.Concat(Enumerable.Range(0, N).Select(i => $"i{i} in hub\n")) + string.Concat(Enumerable.Range(0, N).Select(i => $"hub of e{i}\n"));
        Should.Throw<InvalidDataException>(() => KnowledgeReader.Read(new KnowledgeSpec(_folder.Write("k.txt", text)) { Hops = 2 }, IdMap.From(Enumerable.Range(0, N).Select(i => $"i{i}"))))
            .Message.ShouldContain("found 64,000,000 entities two hops from items, expected at most 50,000,000; hub alone has 8,000");
    }

    [Theory]
    [InlineData("<a:b> <a:c> \"x \\\"y\\\" \\u00e9 \\\\ .\" .", "x \"y\" é \\ .")]
    [InlineData("_:b1 <a:c> _:b2 .", "_:b2")]
    [InlineData("<a:b>\t<a:c>\t<a:\\U0001F600>.", "a:😀")]
    [InlineData("<a:b> <a:c> \"x\"@de-AT .", "x")]
    [InlineData("<a b> <a:c> <a:d> .", null)]
    [InlineData("<a:b> _:c <a:d> .", null)]
    [InlineData("<a:b> <a:c> <a:d> . x", null)]
    [InlineData("<a:b> <a:c> \"\\q\" .", null)]
    [InlineData("\"a\" <a:c> <a:d> .", null)]
    public void Parse_NTriple_FollowsTheGrammar(string line, string? tail) => (NTriple.Parse(line)?.Object).ShouldBe(tail);

    private FeatureFile Read(string text, KnowledgeSpec spec) => KnowledgeReader.Read(spec with { Path = _folder.Write("k.txt", text) }, Items, new ReadOptions { Notes = _notes });

    private static string[] Shown(FeatureFile file) => [.. file.Table.Columns.Select(c => $"{c.Name}: {string.Join(", ", Enumerable.Range(0, c.Rows).Select(r => string.Join('|', c.Texts(r))))}")];
}
