using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Encore.Numerics.Dispatch;

/// <summary>The GEMM register tile of 12 rows by two registers.</summary>
internal static unsafe class GemmTile12
{
    /// <summary>Rows of C in the tile.</summary>
    public const int Rows = 12;

    /// <summary>
    /// C[12, 2 registers] = alpha·A·B + beta·C from packed panels: A holds 12 numbers a step of k, B two registers.
    /// </summary>
    /// <remarks>Each element is one chain of multiply-adds, k ascending. <paramref name="overwrite"/> stands for
    /// beta = 0 and leaves C unread: comparing here would call, and a call makes the JIT spill every accumulator.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TVector, TSimd>(int k, T* a, T* b, T* c, long ldc, T alpha, T beta, bool overwrite)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TVector c00 = default, c01 = default;
        TVector c10 = default, c11 = default;
        TVector c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        TVector c40 = default, c41 = default;
        TVector c50 = default, c51 = default;
        TVector c60 = default, c61 = default;
        TVector c70 = default, c71 = default;
        TVector c80 = default, c81 = default;
        TVector c90 = default, c91 = default;
        TVector c100 = default, c101 = default;
        TVector c110 = default, c111 = default;
        Fetch(c, ldc, 2 * TSimd.Lanes);
        int lanes = TSimd.Lanes;
        for (int p = 0; p < k; p++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Broadcast(a[0]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a[1]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a[2]);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            c21 = TSimd.MultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a[3]);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            c31 = TSimd.MultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a[4]);
            c40 = TSimd.MultiplyAdd(x, b0, c40);
            c41 = TSimd.MultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a[5]);
            c50 = TSimd.MultiplyAdd(x, b0, c50);
            c51 = TSimd.MultiplyAdd(x, b1, c51);
            x = TSimd.Broadcast(a[6]);
            c60 = TSimd.MultiplyAdd(x, b0, c60);
            c61 = TSimd.MultiplyAdd(x, b1, c61);
            x = TSimd.Broadcast(a[7]);
            c70 = TSimd.MultiplyAdd(x, b0, c70);
            c71 = TSimd.MultiplyAdd(x, b1, c71);
            x = TSimd.Broadcast(a[8]);
            c80 = TSimd.MultiplyAdd(x, b0, c80);
            c81 = TSimd.MultiplyAdd(x, b1, c81);
            x = TSimd.Broadcast(a[9]);
            c90 = TSimd.MultiplyAdd(x, b0, c90);
            c91 = TSimd.MultiplyAdd(x, b1, c91);
            x = TSimd.Broadcast(a[10]);
            c100 = TSimd.MultiplyAdd(x, b0, c100);
            c101 = TSimd.MultiplyAdd(x, b1, c101);
            x = TSimd.Broadcast(a[11]);
            c110 = TSimd.MultiplyAdd(x, b0, c110);
            c111 = TSimd.MultiplyAdd(x, b1, c111);
            a += 12;
            b += 2 * lanes;
        }

        var scale = TSimd.Broadcast(alpha);
        if (overwrite)
        {
            Write<T, TVector, TSimd>(c00, c01, scale, c);
            Write<T, TVector, TSimd>(c10, c11, scale, c + ldc);
            Write<T, TVector, TSimd>(c20, c21, scale, c + (2 * ldc));
            Write<T, TVector, TSimd>(c30, c31, scale, c + (3 * ldc));
            Write<T, TVector, TSimd>(c40, c41, scale, c + (4 * ldc));
            Write<T, TVector, TSimd>(c50, c51, scale, c + (5 * ldc));
            Write<T, TVector, TSimd>(c60, c61, scale, c + (6 * ldc));
            Write<T, TVector, TSimd>(c70, c71, scale, c + (7 * ldc));
            Write<T, TVector, TSimd>(c80, c81, scale, c + (8 * ldc));
            Write<T, TVector, TSimd>(c90, c91, scale, c + (9 * ldc));
            Write<T, TVector, TSimd>(c100, c101, scale, c + (10 * ldc));
            Write<T, TVector, TSimd>(c110, c111, scale, c + (11 * ldc));
            return;
        }

        var keep = TSimd.Broadcast(beta);
        Add<T, TVector, TSimd>(c00, c01, scale, keep, c);
        Add<T, TVector, TSimd>(c10, c11, scale, keep, c + ldc);
        Add<T, TVector, TSimd>(c20, c21, scale, keep, c + (2 * ldc));
        Add<T, TVector, TSimd>(c30, c31, scale, keep, c + (3 * ldc));
        Add<T, TVector, TSimd>(c40, c41, scale, keep, c + (4 * ldc));
        Add<T, TVector, TSimd>(c50, c51, scale, keep, c + (5 * ldc));
        Add<T, TVector, TSimd>(c60, c61, scale, keep, c + (6 * ldc));
        Add<T, TVector, TSimd>(c70, c71, scale, keep, c + (7 * ldc));
        Add<T, TVector, TSimd>(c80, c81, scale, keep, c + (8 * ldc));
        Add<T, TVector, TSimd>(c90, c91, scale, keep, c + (9 * ldc));
        Add<T, TVector, TSimd>(c100, c101, scale, keep, c + (10 * ldc));
        Add<T, TVector, TSimd>(c110, c111, scale, keep, c + (11 * ldc));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<T, TVector, TSimd>(TVector v0, TVector v1, TVector scale, T* c)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TSimd.Store(TSimd.Multiply(v0, scale), c);
        TSimd.Store(TSimd.Multiply(v1, scale), c + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T, TVector, TSimd>(TVector v0, TVector v1, TVector scale, TVector keep, T* c)
        where T : unmanaged
        where TVector : unmanaged
        where TSimd : ISimd<T, TVector>
    {
        TSimd.Store(TSimd.MultiplyAdd(v0, scale, TSimd.Multiply(TSimd.Load(c), keep)), c);
        T* second = c + TSimd.Lanes;
        TSimd.Store(TSimd.MultiplyAdd(v1, scale, TSimd.Multiply(TSimd.Load(second), keep)), second);
    }

    // C's lines set out while the sums are made: asked for only at the end, they would hold the tile up for a tenth of
    // its time. Two whole lines a row, three where C does not begin on a line.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T>(T* c, long ldc, int width)
        where T : unmanaged
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        for (int r = 0; r < Rows; r++)
        {
            byte* row = (byte*)(c + (r * ldc));
            Sse.Prefetch0(row);
            Sse.Prefetch0(row + 64);
            Sse.Prefetch0(row + (width * sizeof(T)) - 1);
        }
    }
}
