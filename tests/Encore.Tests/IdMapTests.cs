namespace Encore.Tests;

public sealed class IdMapTests
{
    [Fact]
    public void From_WholeNumbers_OrdersByNumber()
    {
        var map = IdMap.From(["10", "9", "-3", "10"]);
        map.IsInteger.ShouldBeTrue();
        Enumerable.Range(0, map.Count).Select(i => map[i]).ShouldBe(["-3", "9", "10"]);
        map.TryGetIndex("9", out int index).ShouldBeTrue();
        index.ShouldBe(1);
        map.TryGetIndex("09", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("007")]
    [InlineData("+7")]
    [InlineData("-0")]
    [InlineData("99999999999999999999")]
    [InlineData("7.0")]
    [InlineData(" 7")]
    public void From_OneIdNotInPlainForm_KeepsAllAsText(string odd)
    {
        var map = IdMap.From(["7", odd, "12"]);
        map.IsInteger.ShouldBeFalse();
        map.Count.ShouldBe(3);
        map.TryGetIndex(odd, out int index).ShouldBeTrue();
        map[index].ShouldBe(odd);
    }

    [Fact]
    public void MapTo_AnotherMap_MarksMissingIds() =>
        IdMap.From(["a", "b", "c"]).MapTo(IdMap.From(["c", "a"])).ShouldBe([0, -1, 1]);
}
