namespace Encore.Numerics.Tests;

public sealed class CsrMatrixTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(1, 1)]
    [InlineData(17, 9)]
    public void Transpose_Twice_IsTheMatrix(int rows, int columns)
    {
        var x = Reference.RandomCsr(rows, columns, 0.3, 1, binary: false);
        var t = x.Transpose();
        var back = t.Transpose();
        (t.Rows, t.Columns).ShouldBe((columns, rows));
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                Reference.Dense(t)[c, r].ShouldBe(Reference.Dense(x)[r, c]);
            }
        }

        back.RowOffsets.ShouldBe(x.RowOffsets);
        back.ColumnIndices.ShouldBe(x.ColumnIndices);
        back.Values.ShouldBe(x.Values);
    }

    [Fact]
    public void FromEntries_AnyOrder_SortsRowsAndColumns()
    {
        var x = CsrMatrix.FromEntries(2, 3, [1, 0, 1], [2, 1, 0], [5f, 6f, 7f]);
        x.RowOffsets.ShouldBe([0, 1, 3]);
        x.ColumnIndices.ShouldBe([1, 0, 2]);
        x.Values.ShouldBe([6f, 7f, 5f]);
    }

    [Fact]
    public void FromEntries_RepeatedCell_Throws() =>
        Should.Throw<ArgumentException>(() => CsrMatrix.FromEntries(2, 3, [1, 1], [2, 2], [1f, 1f]))
            .Message.ShouldContain("Row 1 holds column 2 after 2");

    [Fact]
    public void Constructor_ColumnBeyondTheMatrix_Throws() =>
        Should.Throw<ArgumentException>(() => new CsrMatrix(1, 2, [0, 1], [2], [1f])).Message.ShouldContain("below 2");

    [Fact]
    public void Constructor_OffsetsThatDoNotCover_Throws() =>
        Should.Throw<ArgumentException>(() => new CsrMatrix(1, 2, [0, 2], [1], [1f])).Message.ShouldContain("expected 2");

    [Fact]
    public void IsBinary_OneOtherValue_IsFalse()
    {
        new CsrMatrix(1, 2, [0, 2], [0, 1], [1f, 1f]).IsBinary().ShouldBeTrue();
        new CsrMatrix(1, 2, [0, 2], [0, 1], [1f, 1.5f]).IsBinary().ShouldBeFalse();
    }

    [Fact]
    public void ColumnCounts_ColumnsWithAndWithoutEntries_CountsEach() =>
        new CsrMatrix(3, 4, [0, 2, 2, 4], [0, 3, 1, 3], [1f, 1f, 2f, 0f]).ColumnCounts().ShouldBe([1, 1, 0, 2]);
}
