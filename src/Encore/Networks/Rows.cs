using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>Small operations on row-major matrices, in blocks whose borders do not depend on the thread count.</summary>
internal static class Rows
{
    private const int Block = 32, Columns = 256, Numbers = 16_384;

    /// <summary>Adds b [columns] to each of the first rows of y.</summary>
    public static void AddBias<T>(Compute compute, T[] y, int rows, T[] b)
        where T : unmanaged, IFloatingPointIeee754<T> => AddBias(compute, y.AsSpan(0, rows * b.Length), b.Length, b);

    /// <summary>Adds b [columns] to each row of y [rows, columns].</summary>
    public static unsafe void AddBias<T>(Compute compute, Span<T> y, int columns, T[] b)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = columns == 0 ? 0 : y.Length / columns;
        fixed (T* p = y)
        {
            var start = (nint)p;
            compute.For((rows + Block - 1) / Block, block =>
            {
                for (int r = block * Block; r < Math.Min(rows, (block + 1) * Block); r++)
                {
                    var row = new Span<T>((T*)start + ((long)r * columns), columns);
                    Elementwise.Add(row, b, row);
                }
            });
        }
    }

    /// <summary>sums = the column sums of x [rows, columns], or sums += with <paramref name="add"/>; rows in ascending
    /// order.</summary>
    public static unsafe void Sum<T>(Compute compute, ReadOnlySpan<T> x, int rows, int columns, T[] sums, bool add = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* p = x)
        {
            var start = (nint)p;
            compute.For((columns + Columns - 1) / Columns, block =>
            {
                int first = block * Columns, width = Math.Min(Columns, columns - first);
                var target = sums.AsSpan(first, width);
                if (!add)
                {
                    target.Clear();
                }

                for (int r = 0; r < rows; r++)
                {
                    Elementwise.Add(target, new ReadOnlySpan<T>((T*)start + ((long)r * columns) + first, width), target);
                }
            });
        }
    }

    /// <summary>y += x, the first numbers.</summary>
    public static void Add<T>(Compute compute, T[] x, T[] y, int count)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        For(compute, count, (start, length) => Elementwise.Add(y.AsSpan(start, length), x.AsSpan(start, length), y.AsSpan(start, length)));

    /// <summary>Runs over blocks of numbers, on all threads.</summary>
    public static void For(Compute compute, int count, Action<int, int> block) => compute.For(
        (count + Numbers - 1) / Numbers, b => block(b * Numbers, Math.Min(Numbers, count - (b * Numbers))));
}
