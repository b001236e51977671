using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// Register tiles over an A that lies where it is, rows or columns, and a panel of packed B, two registers a step of k:
/// C = A·B + start.
/// </summary>
/// <remarks>
/// Element (r, p) of A is a[r·row + p·step]. Each element of C is one chain of multiply-adds from its start, k ascending,
/// in a tile of any height: where a chain is cut in two, its second part starting at what the first left in C, the bits
/// stay the same. A <c>startRow</c> of 0 gives every row the same start, such as a bias; C may be its own start.
/// </remarks>
internal static unsafe class RowTile
{
    /// <summary>C[12, 2 registers].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run12<T, TVector, TSimd>(int k, T* a, nint row, nint step, T* b, T* start, nint startRow, T* c, nint cRow)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        if (Sse.IsSupported)
        {
            // C's lines set out while the sums are made, as the other tile has it.
            for (int r = 0; r < 12; r++)
            {
                byte* line = (byte*)(c + (r * cRow));
                Sse.Prefetch0(line);
                Sse.Prefetch0(line + 64);
                Sse.Prefetch0(line + (2 * lanes * sizeof(T)) - 1);
            }
        }

        TVector c00 = TSimd.Load(start), c01 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c10 = TSimd.Load(start), c11 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c20 = TSimd.Load(start), c21 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c30 = TSimd.Load(start), c31 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c40 = TSimd.Load(start), c41 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c50 = TSimd.Load(start), c51 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c60 = TSimd.Load(start), c61 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c70 = TSimd.Load(start), c71 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c80 = TSimd.Load(start), c81 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c90 = TSimd.Load(start), c91 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c100 = TSimd.Load(start), c101 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c110 = TSimd.Load(start), c111 = TSimd.Load(start + lanes);
        T* a3 = a + (3 * row), a6 = a + (6 * row), a9 = a + (9 * row);
        nint row2 = 2 * row;
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(a[0]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a[row]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a[row2]);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            c21 = TSimd.MultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a3[0]);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            c31 = TSimd.MultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a3[row]);
            c40 = TSimd.MultiplyAdd(x, b0, c40);
            c41 = TSimd.MultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a3[row2]);
            c50 = TSimd.MultiplyAdd(x, b0, c50);
            c51 = TSimd.MultiplyAdd(x, b1, c51);
            x = TSimd.Broadcast(a6[0]);
            c60 = TSimd.MultiplyAdd(x, b0, c60);
            c61 = TSimd.MultiplyAdd(x, b1, c61);
            x = TSimd.Broadcast(a6[row]);
            c70 = TSimd.MultiplyAdd(x, b0, c70);
            c71 = TSimd.MultiplyAdd(x, b1, c71);
            x = TSimd.Broadcast(a6[row2]);
            c80 = TSimd.MultiplyAdd(x, b0, c80);
            c81 = TSimd.MultiplyAdd(x, b1, c81);
            x = TSimd.Broadcast(a9[0]);
            c90 = TSimd.MultiplyAdd(x, b0, c90);
            c91 = TSimd.MultiplyAdd(x, b1, c91);
            x = TSimd.Broadcast(a9[row]);
            c100 = TSimd.MultiplyAdd(x, b0, c100);
            c101 = TSimd.MultiplyAdd(x, b1, c101);
            x = TSimd.Broadcast(a9[row2]);
            c110 = TSimd.MultiplyAdd(x, b0, c110);
            c111 = TSimd.MultiplyAdd(x, b1, c111);
            a += step;
            a3 += step;
            a6 += step;
            a9 += step;
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
        c += cRow;
        TSimd.Store(c10, c);
        TSimd.Store(c11, c + lanes);
        c += cRow;
        TSimd.Store(c20, c);
        TSimd.Store(c21, c + lanes);
        c += cRow;
        TSimd.Store(c30, c);
        TSimd.Store(c31, c + lanes);
        c += cRow;
        TSimd.Store(c40, c);
        TSimd.Store(c41, c + lanes);
        c += cRow;
        TSimd.Store(c50, c);
        TSimd.Store(c51, c + lanes);
        c += cRow;
        TSimd.Store(c60, c);
        TSimd.Store(c61, c + lanes);
        c += cRow;
        TSimd.Store(c70, c);
        TSimd.Store(c71, c + lanes);
        c += cRow;
        TSimd.Store(c80, c);
        TSimd.Store(c81, c + lanes);
        c += cRow;
        TSimd.Store(c90, c);
        TSimd.Store(c91, c + lanes);
        c += cRow;
        TSimd.Store(c100, c);
        TSimd.Store(c101, c + lanes);
        c += cRow;
        TSimd.Store(c110, c);
        TSimd.Store(c111, c + lanes);
    }

    /// <summary>C[4, 2 registers].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run4<T, TVector, TSimd>(int k, T* a, nint row, nint step, T* b, T* start, nint startRow, T* c, nint cRow)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c00 = TSimd.Load(start), c01 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c10 = TSimd.Load(start), c11 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c20 = TSimd.Load(start), c21 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c30 = TSimd.Load(start), c31 = TSimd.Load(start + lanes);
        T* a1 = a + row, a2 = a + (2 * row), a3 = a + (3 * row);
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(*a);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(*a1);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(*a2);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            c21 = TSimd.MultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(*a3);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            c31 = TSimd.MultiplyAdd(x, b1, c31);
            a += step;
            a1 += step;
            a2 += step;
            a3 += step;
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
        c += cRow;
        TSimd.Store(c10, c);
        TSimd.Store(c11, c + lanes);
        c += cRow;
        TSimd.Store(c20, c);
        TSimd.Store(c21, c + lanes);
        c += cRow;
        TSimd.Store(c30, c);
        TSimd.Store(c31, c + lanes);
    }

    /// <summary>C[2, 2 registers].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run2<T, TVector, TSimd>(int k, T* a, nint row, nint step, T* b, T* start, nint startRow, T* c, nint cRow)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c00 = TSimd.Load(start), c01 = TSimd.Load(start + lanes);
        start += startRow;
        TVector c10 = TSimd.Load(start), c11 = TSimd.Load(start + lanes);
        T* a1 = a + row;
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(*a);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(*a1);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            a += step;
            a1 += step;
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
        c += cRow;
        TSimd.Store(c10, c);
        TSimd.Store(c11, c + lanes);
    }

    /// <summary>C[1, 2 registers].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run1<T, TVector, TSimd>(int k, T* a, nint step, T* b, T* start, T* c)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        int lanes = TSimd.Lanes;
        TVector c00 = TSimd.Load(start), c01 = TSimd.Load(start + lanes);
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(*a);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            a += step;
            b += 2 * lanes;
        }

        TSimd.Store(c00, c);
        TSimd.Store(c01, c + lanes);
    }
}
