using System.Runtime.CompilerServices;

namespace Encore.Numerics;

public static partial class Dense
{
    // Side of the square tiles in which a triangle is mirrored: two tiles fit the first-level cache.
    private const int MirrorTile = 64;

    /// <summary>
    /// Copies one triangle of a square matrix into the other, tile by tile, so that neither side is walked a whole
    /// column at a time.
    /// </summary>
    internal static unsafe void Mirror<T>(T* a, int n, bool fromLower, Compute compute, CancellationToken cancellationToken)
        where T : unmanaged
    {
        int tiles = (n + MirrorTile - 1) / MirrorTile;
        compute.For(tiles, tile =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int other = 0; other <= tile; other++)
            {
                MirrorOne(a, n, tile * MirrorTile, other * MirrorTile, fromLower);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MirrorOne<T>(T* a, int n, int row, int column, bool fromLower)
        where T : unmanaged
    {
        int rows = Math.Min(n, row + MirrorTile), columns = Math.Min(n, column + MirrorTile);
        for (int i = row; i < rows; i++)
        {
            for (int j = column; j < Math.Min(i, columns); j++)
            {
                long lower = ((long)i * n) + j, upper = ((long)j * n) + i;
                if (fromLower)
                {
                    a[upper] = a[lower];
                }
                else
                {
                    a[lower] = a[upper];
                }
            }
        }
    }
}
