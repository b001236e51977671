using System.Globalization;
using System.Text;
using FsCheck.Xunit;

namespace Encore.Data.Tests;

public sealed class IdColumnTests
{
    private static readonly string[] Odd =
        ["7", "07", "-7", "-0", "0", "+7", "", "-", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999", "é", new string('x', 300)];

    private static (IdMap Ids, int[] Indices) Column(IEnumerable<string> ids)
    {
        var column = new IdColumn();
        foreach (string id in ids)
        {
            column.Add(Encoding.UTF8.GetBytes(id));
        }

        return column.Finish();
    }

    private static void ShouldBeAsIdMap(string[] ids)
    {
        var (map, indices) = Column(ids);
        map.Ids().ShouldBe(IdMap.From(ids).Ids());
        map.IsInteger.ShouldBe(IdMap.From(ids).IsInteger);
        indices.Select(i => map[i]).ShouldBe(ids);
    }

    [Property]
    public void Finish_Numbers_IsTheMapOfTheLibrary(long[] ids) =>
        ShouldBeAsIdMap([.. ids.Select(id => id.ToString(CultureInfo.InvariantCulture))]);

    [Property]
    public void Finish_NumbersThenOddOnes_IsTheMapOfTheLibrary(short[] ids, byte[] odd) =>
        ShouldBeAsIdMap([.. ids.Select(id => id.ToString(CultureInfo.InvariantCulture)), .. odd.Select(o => Odd[o % Odd.Length])]);

    [Fact]
    public void Finish_ManyNumbers_GrowsAndFindsThemAgain() =>
        ShouldBeAsIdMap([.. Enumerable.Range(0, 20_000).Select(k => (k * 7919L % 5003).ToString(CultureInfo.InvariantCulture))]);

    [Fact]
    public void Add_NumbersAsNumbers_AreTheSameAsTheirText()
    {
        var column = new IdColumn();
        column.Add(12L);
        column.Add("5"u8);
        column.Add("x"u8);
        column.Add(12L);
        var (ids, indices) = column.Finish();
        ids.Ids().ShouldBe(["12", "5", "x"]);
        indices.ShouldBe([0, 1, 2, 0]);
    }

    [Fact]
    public void Take_MoreThanABlock_KeepsEveryValueInOrder()
    {
        var buffer = new ColumnBuffer<int>();
        int[] values = [.. Enumerable.Range(0, 600_000)];
        buffer.Add(-1);
        buffer.Add(values);
        buffer.Count.ShouldBe(600_001);
        buffer.Take().ShouldBe([-1, .. values]);
        (buffer.Count, buffer.Take().Length).ShouldBe((0, 0));
    }
}
