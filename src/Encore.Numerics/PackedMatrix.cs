using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>
/// A matrix B packed once for many products, C = A·B, whose A is read where it lies: the hidden layer of a recurrent
/// network meets the same weights at every time step, the output layer at every block of rows, where
/// <see cref="Dense"/> would pack both operands anew.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <remarks>
/// Panels of two registers' width hold their numbers of each row of B side by side. An element of C is one chain of
/// multiply-adds over the rows of B in ascending order, so a row of C has the same bits in any batch of rows. A product
/// runs on the calling thread; any number of threads may multiply at once, but not while one packs. Packing uses all
/// threads.
/// </remarks>
public sealed unsafe class PackedMatrix<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Steps of k that a panel's rows are multiplied by at once.
    private const int LongestPass = 640;

    private readonly PackBuffer _memory;
    private InstructionSet _set;
    private int _width;
    private T* _panels;

    /// <summary>Nothing yet.</summary>
    public PackedMatrix()
        : this(new PackBuffer())
    {
    }

    internal PackedMatrix(PackBuffer memory) => _memory = memory;

    /// <summary>Rows of B.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns of B.</summary>
    public int Columns { get; private set; }

    /// <summary>Takes B in, in place of what was there.</summary>
    /// <param name="transpose">Whether B is the transpose of what is given.</param>
    /// <param name="rows">Rows of B.</param>
    /// <param name="columns">Columns of B.</param>
    /// <param name="b">B, [rows, columns]; transposed [columns, rows].</param>
    /// <param name="compute">What it runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public void Pack(Transpose transpose, int rows, int columns, ReadOnlySpan<T> b, Compute? compute = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (b.Length < (long)rows * columns)
        {
            throw new ArgumentException($"Found {b.Length} numbers, expected {(long)rows * columns} for [{rows}, {columns}].", nameof(b));
        }

        Reserve(rows, columns);
        fixed (T* source = b)
        {
            var (line, step) = transpose == Transpose.No ? (1L, (long)columns) : (rows, 1L);
            var target = new PackedPanels<T>(source, line, step, columns, rows, _width, _panels);
            (compute ?? Compute.Default).For(target.Tasks, target.Pack);
        }
    }

    /// <summary>Makes room for B in place of what was there; <see cref="SetRows"/> brings the numbers, each row once.</summary>
    internal void Reserve(int rows, int columns)
    {
        _set = Kernel.Current;
        _width = 2 * _set switch
        {
            InstructionSet.V512 => Vector512<T>.Count,
            InstructionSet.V256 => Vector256<T>.Count,
            InstructionSet.V128 => Vector128<T>.Count,
            _ => 1,
        };
        (Rows, Columns) = (rows, columns);
        long panels = (columns + _width - 1) / _width;
        _panels = (T*)_memory.Get(panels * rows * _width * sizeof(T));
    }

    /// <summary>Some rows of B, [count, <see cref="Columns"/>]; any number of threads may bring theirs.</summary>
    internal void SetRows(int first, int count, ReadOnlySpan<T> b)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Rows);
        for (int column = 0; column < Columns; column += _width)
        {
            int width = Math.Min(_width, Columns - column);
            var panel = new Span<T>(_panels + ((nint)column * Rows) + ((nint)first * _width), count * _width);
            for (int r = 0; r < count; r++)
            {
                b.Slice((r * Columns) + column, width).CopyTo(panel[(r * _width)..]);
                panel.Slice((r * _width) + width, _width - width).Clear();
            }
        }
    }

    /// <summary>C = A·B.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="a">A, [m, <see cref="Rows"/>].</param>
    /// <param name="lda">Numbers from one row of A to the next.</param>
    /// <param name="c">Receives C, [m, <see cref="Columns"/>]; it must not overlap A.</param>
    /// <param name="ldc">Numbers from one row of C to the next.</param>
    /// <exception cref="ArgumentException">A span is too short for its shape, or a row longer than its stride.</exception>
    public void Multiply(int m, ReadOnlySpan<T> a, int lda, Span<T> c, int ldc) => Multiply(m, a, lda, [], c, ldc);

    /// <summary>C = A·B + bias, the same bias in every row; it begins each sum.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="a">A, [m, <see cref="Rows"/>].</param>
    /// <param name="lda">Numbers from one row of A to the next.</param>
    /// <param name="bias">[<see cref="Columns"/>]; empty: 0.</param>
    /// <param name="c">Receives C, [m, <see cref="Columns"/>]; it must not overlap A.</param>
    /// <param name="ldc">Numbers from one row of C to the next.</param>
    /// <exception cref="ArgumentException">A span is too short for its shape, or a row longer than its stride.</exception>
    public void Multiply(int m, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> bias, Span<T> c, int ldc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        Check("A", m, Rows, a.Length, lda);
        Check("C", m, Columns, c.Length, ldc);
        if (bias.Length != 0 && bias.Length != Columns)
        {
            throw new ArgumentException($"bias: found {bias.Length} numbers, expected {Columns}.", nameof(bias));
        }

        fixed (T* pa = a, pc = c, pBias = bias)
        {
            Run(0, Rows, m, pa, lda, 1, pBias, false, pc, ldc);
        }
    }

    /// <summary>C = Aᵀ·B, or C += Aᵀ·B.</summary>
    /// <param name="m">Columns of A, rows of C.</param>
    /// <param name="a">A, [<see cref="Rows"/>, m].</param>
    /// <param name="lda">Numbers from one row of A to the next.</param>
    /// <param name="add">Whether what C holds begins each sum.</param>
    /// <param name="c">Receives C, [m, <see cref="Columns"/>]; it must not overlap A.</param>
    /// <param name="ldc">Numbers from one row of C to the next.</param>
    /// <exception cref="ArgumentException">A span is too short for its shape, or a row longer than its stride.</exception>
    public void MultiplyTransposed(int m, ReadOnlySpan<T> a, int lda, bool add, Span<T> c, int ldc)
    {
        MultiplyTransposed(0, Rows, m, a, lda, add, c, ldc);
    }

    /// <summary>C = Aᵀ·B or C += Aᵀ·B with some rows of B alone: A [rows, m].</summary>
    internal void MultiplyTransposed(int first, int rows, int m, ReadOnlySpan<T> a, int lda, bool add, Span<T> c, int ldc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + rows, Rows);
        Check("A", rows, m, a.Length, lda);
        Check("C", m, Columns, c.Length, ldc);
        fixed (T* pa = a, pc = c)
        {
            Run(first, rows, m, pa, 1, lda, null, add, pc, ldc);
        }
    }

    private static void Check(string name, int rows, int columns, int length, int stride)
    {
        long expected = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (stride < columns || length < expected)
        {
            throw new ArgumentException(
                $"{name}: found {length} numbers, expected {expected} for [{rows}, {columns}] with rows {stride} apart.", name);
        }
    }

    private void Run(int start, int rows, int m, T* a, nint row, nint step, T* bias, bool add, T* c, nint ldc)
    {
        if (m == 0 || Columns == 0)
        {
            return;
        }

        switch (_set)
        {
            case InstructionSet.V512:
                Run<Vector512<T>, Simd512<T>>(start, rows, m, a, row, step, bias, add, c, ldc);
                break;
            case InstructionSet.V256:
                Run<Vector256<T>, Simd256<T>>(start, rows, m, a, row, step, bias, add, c, ldc);
                break;
            case InstructionSet.V128:
                Run<Vector128<T>, Simd128<T>>(start, rows, m, a, row, step, bias, add, c, ldc);
                break;
            case InstructionSet.Scalar:
            default:
                Run<T, SimdScalar<T>>(start, rows, m, a, row, step, bias, add, c, ldc);
                break;
        }

        GC.KeepAlive(this); // the panels are this object's
    }

    // A part of a panel stays in the second-level cache while the rows of A pass by.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TVector, TSimd>(int firstRow, int depths, int m, T* a, nint row, nint step, T* bias, bool add, T* c, nint ldc)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        T* border = stackalloc T[12 * _width];
        T* start = stackalloc T[_width];
        int tallest = TSimd.Lanes == Vector512<T>.Count ? 12 : 4;
        int passes = Math.Max(1, (depths + LongestPass - 1) / LongestPass), longest = Math.Max(1, (depths + passes - 1) / passes);
        for (int p = 0; p == 0 || p < depths; p += longest)
        {
            int depth = Math.Min(longest, depths - p);
            for (int first = 0; first < Columns; first += _width)
            {
                T* b = _panels + ((nint)first * Rows) + ((nint)(firstRow + p) * _width);
                int width = Math.Min(_width, Columns - first);
                bool fromC = add || p > 0, whole = width == _width;
                if (!fromC)
                {
                    new Span<T>(start, _width).Clear();
                    new ReadOnlySpan<T>(bias + (bias == null ? 0 : first), bias == null ? 0 : width).CopyTo(new Span<T>(start, _width));
                }

                for (int i = 0; i < m;)
                {
                    int rows = m - i >= tallest ? tallest : m - i >= 4 ? 4 : m - i >= 2 ? 2 : 1;
                    T* from = a + (i * row) + (p * step), target = c + (i * ldc) + first;

                    // A panel that overhangs C runs in a copy: the same instructions, hence the same bits.
                    for (int r = 0; r < rows && fromC && !whole; r++)
                    {
                        new ReadOnlySpan<T>(target + (r * ldc), width).CopyTo(new Span<T>(border + (r * _width), _width));
                    }

                    T* to = whole ? target : border;
                    nint stride = whole ? ldc : _width;
                    Tile<TVector, TSimd>(rows, depth, from, row, step, b, fromC ? to : start, fromC ? stride : 0, to, stride);
                    for (int r = 0; r < rows && !whole; r++)
                    {
                        new ReadOnlySpan<T>(border + (r * _width), width).CopyTo(new Span<T>(target + (r * ldc), width));
                    }

                    i += rows;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TVector, TSimd>(
        int rows, int k, T* a, nint row, nint step, T* b, T* start, nint startRow, T* c, nint ldc)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        switch (rows)
        {
            case 12:
                RowTile.Run12<T, TVector, TSimd>(k, a, row, step, b, start, startRow, c, ldc);
                break;
            case 4:
                RowTile.Run4<T, TVector, TSimd>(k, a, row, step, b, start, startRow, c, ldc);
                break;
            case 2:
                RowTile.Run2<T, TVector, TSimd>(k, a, row, step, b, start, startRow, c, ldc);
                break;
            default:
                RowTile.Run1<T, TVector, TSimd>(k, a, step, b, start, c);
                break;
        }
    }
}
