using FsCheck.Xunit;

namespace Encore.Tests;

public sealed class SuggestionTests
{
    private static readonly string[] Models = ["popularity", "itemknn", "ease", "edlae", "dlae", "mdae"];

    [Theory]
    [InlineData("eese", "ease")]
    [InlineData("EASE", "ease")]
    [InlineData("aese", "ease")] // a swap of neighbours is one change
    [InlineData("populrity", "popularity")]
    [InlineData("item-knn", "itemknn")]
    [InlineData("edale", "edlae")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    [InlineData("transformer", null)]
    public void Closest_Mistyped_IsWhatWasMeant(string text, string? expected) =>
        Suggestion.Closest(text, Models).ShouldBe(expected);

    [Fact]
    public void Closest_Equals_IsTheFirst() => Suggestion.Closest("l3", ["l1", "l2"]).ShouldBe("l1");

    [Fact]
    public void Closest_NothingKnown_IsNull() => Suggestion.Closest("ease", []).ShouldBeNull();

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("", "abc", 3)]
    public void Distance_Known_Counts(string a, string b, int expected) => Suggestion.Distance(a, b).ShouldBe(expected);

    [Property]
    public void Distance_AnyTexts_IsSymmetricAndBounded(string? a, string? b)
    {
        (a, b) = (a ?? "", b ?? "");
        int distance = Suggestion.Distance(a, b);
        distance.ShouldBe(Suggestion.Distance(b, a));
        distance.ShouldBeInRange(Math.Abs(a.Length - b.Length), Math.Max(a.Length, b.Length));
        (distance == 0).ShouldBe(a == b);
    }
}
