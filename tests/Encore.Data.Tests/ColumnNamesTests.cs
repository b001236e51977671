namespace Encore.Data.Tests;

public sealed class ColumnNamesTests
{
    [Fact]
    public void Parse_AllRoles_InAnyOrder() =>
        ColumnNames.Parse("Rating=stars, timestamp=day,item=isbn ,user=reader id")
            .ShouldBe(new ColumnNames { User = "reader id", Item = "isbn", Rating = "stars", Timestamp = "day" });

    [Fact]
    public void Parse_CountAndTime_AreRoles() =>
        ColumnNames.Parse("count=plays,time=day").ShouldBe(new ColumnNames { Count = "plays", Timestamp = "day" });

    [Fact]
    public void Parse_OneRole_LeavesTheOthersToTheirUsualNames()
    {
        var columns = ColumnNames.Parse("item=isbn");
        columns.ShouldBe(new ColumnNames { Item = "isbn" });
        (columns.IsEmpty, new ColumnNames().IsEmpty).ShouldBe((false, true));
    }

    [Theory]
    [InlineData("usr=a", "found 'usr=a', expected each of user=…, item=…, rating=…, timestamp=… at most once (or count=… for rating=…). Did you mean user?")]
    [InlineData("user=a,user=b", "found 'user=b', expected")]
    [InlineData("user", "found 'user', expected")]
    [InlineData("rating=a,count=b", "found rating=… and count=…, expected one of them.")]
    [InlineData("time=a,timestamp=b", "found 'timestamp=b', expected")]
    [InlineData("user= ,item=b", "found 'user=', expected")]
    [InlineData("", "found '', expected")]
    [InlineData("user=a,,item=b", "found '', expected")]
    public void Parse_Malformed_NamesThePart(string text, string message) =>
        Should.Throw<FormatException>(() => ColumnNames.Parse(text)).Message.ShouldStartWith($"Columns '{text}': {message}");
}
