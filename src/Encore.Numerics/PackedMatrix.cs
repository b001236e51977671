using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Encore.Numerics.Dispatch;

namespace Encore.Numerics;

/// <summary>
/// A matrix B packed once for many products with few rows, C = A·B: the hidden layer of a recurrent network meets the
/// same weights at every time step, where <see cref="Dense"/> would pack them anew for each.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <remarks>
/// Panels of two registers' width hold their numbers of each row of B side by side. An element of C is one chain of
/// multiply-adds over the rows of B in ascending order, so a row of C has the same bits in any batch of rows. A product
/// runs on the calling thread; any number of threads may multiply at once, but not while one packs.
/// </remarks>
public sealed unsafe class PackedMatrix<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PackBuffer _memory = new();
    private InstructionSet _set;
    private int _width;
    private T* _panels;

    /// <summary>Rows of B.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns of B.</summary>
    public int Columns { get; private set; }

    /// <summary>Takes B in, in place of what was there.</summary>
    /// <param name="transpose">Whether B is the transpose of what is given.</param>
    /// <param name="rows">Rows of B.</param>
    /// <param name="columns">Columns of B.</param>
    /// <param name="b">B, [rows, columns]; transposed [columns, rows].</param>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public void Pack(Transpose transpose, int rows, int columns, ReadOnlySpan<T> b)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (b.Length < (long)rows * columns)
        {
            throw new ArgumentException($"Found {b.Length} numbers, expected {(long)rows * columns} for [{rows}, {columns}].", nameof(b));
        }

        _set = Kernel.Current;
        _width = 2 * _set switch
        {
            InstructionSet.V512 => Vector512<T>.Count,
            InstructionSet.V256 => Vector256<T>.Count,
            InstructionSet.V128 => Vector128<T>.Count,
            _ => 1,
        };
        (Rows, Columns) = (rows, columns);
        int panels = (columns + _width - 1) / _width;
        _panels = (T*)_memory.Get((long)panels * rows * _width * sizeof(T));
        fixed (T* source = b)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                T* target = _panels + ((long)panel * rows * _width);
                int first = panel * _width, width = Math.Min(_width, columns - first);
                for (int p = 0; p < rows; p++, target += _width)
                {
                    for (int j = 0; j < width; j++)
                    {
                        target[j] = transpose == Transpose.No
                            ? source[((long)p * columns) + first + j]
                            : source[((long)(first + j) * rows) + p];
                    }

                    new Span<T>(target + width, _width - width).Clear();
                }
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
    public void Multiply(int m, ReadOnlySpan<T> a, int lda, Span<T> c, int ldc)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        Check("A", m, Rows, a.Length, lda);
        Check("C", m, Columns, c.Length, ldc);
        if (m == 0 || Columns == 0)
        {
            return;
        }

        fixed (T* pa = a, pc = c)
        {
            switch (_set)
            {
                case InstructionSet.V512:
                    Run<Vector512<T>, Simd512<T>>(m, pa, lda, pc, ldc);
                    break;
                case InstructionSet.V256:
                    Run<Vector256<T>, Simd256<T>>(m, pa, lda, pc, ldc);
                    break;
                case InstructionSet.V128:
                    Run<Vector128<T>, Simd128<T>>(m, pa, lda, pc, ldc);
                    break;
                case InstructionSet.Scalar:
                default:
                    Run<T, SimdScalar<T>>(m, pa, lda, pc, ldc);
                    break;
            }
        }

        GC.KeepAlive(this); // the panels are this object's
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

    // A panel stays in the first-level cache while the rows of A pass by.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TVector, TSimd>(int m, T* a, long lda, T* c, long ldc)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        T* border = stackalloc T[4 * _width];
        int k = Rows;
        for (int first = 0; first < Columns; first += _width)
        {
            T* b = _panels + ((long)first * k);
            int width = Math.Min(_width, Columns - first);
            for (int i = 0; i < m;)
            {
                // A panel that overhangs C runs in a copy: the same instructions, hence the same bits.
                int rows = m - i >= 4 ? 4 : m - i >= 2 ? 2 : 1;
                T* source = a + (i * lda);
                T* target = width == _width ? c + (i * ldc) + first : border;
                long stride = width == _width ? ldc : _width;
                switch (rows)
                {
                    case 4:
                        Tile4<TVector, TSimd>(k, source, lda, b, target, stride);
                        break;
                    case 2:
                        Tile2<TVector, TSimd>(k, source, lda, b, target, stride);
                        break;
                    default:
                        Tile1<TVector, TSimd>(k, source, b, target);
                        break;
                }

                for (int r = 0; r < rows && width < _width; r++)
                {
                    new ReadOnlySpan<T>(border + (r * _width), width).CopyTo(new Span<T>(c + ((i + r) * ldc) + first, width));
                }

                i += rows;
            }
        }
    }

    // Eight chains of multiply-adds: as many as two units of latency four keep busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4<TVector, TSimd>(int k, T* a, long lda, T* b, T* c, long ldc)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c00 = default, c01 = default, c10 = default, c11 = default;
        TVector c20 = default, c21 = default, c30 = default, c31 = default;
        T* a1 = a + lda, a2 = a1 + lda, a3 = a2 + lda;
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(a[p]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a1[p]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a2[p]);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            c21 = TSimd.MultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a3[p]);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            c31 = TSimd.MultiplyAdd(x, b1, c31);
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
        TSimd.Store(c10, c + ldc);
        TSimd.Store(c11, c + ldc + lanes);
        TSimd.Store(c20, c + (2 * ldc));
        TSimd.Store(c21, c + (2 * ldc) + lanes);
        TSimd.Store(c30, c + (3 * ldc));
        TSimd.Store(c31, c + (3 * ldc) + lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<TVector, TSimd>(int k, T* a, long lda, T* b, T* c, long ldc)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c00 = default, c01 = default, c10 = default, c11 = default;
        T* a1 = a + lda;
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(a[p]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a1[p]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
        TSimd.Store(c10, c + ldc);
        TSimd.Store(c11, c + ldc + lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<TVector, TSimd>(int k, T* a, T* b, T* c)
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c0 = default, c1 = default;
        for (int p = 0; p < k; p++)
        {
            var x = TSimd.Broadcast(a[p]);
            c0 = TSimd.MultiplyAdd(x, TSimd.Load(b), c0);
            c1 = TSimd.MultiplyAdd(x, TSimd.Load(b + lanes), c1);
            b += 2 * lanes;
        }

        TSimd.Store(c0, c);
        TSimd.Store(c1, c + lanes);
    }
}
