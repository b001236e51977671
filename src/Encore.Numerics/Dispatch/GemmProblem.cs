using System.Numerics;
using System.Runtime.CompilerServices;

namespace Encore.Numerics.Dispatch;

/// <summary>
/// One GEMM call, cut into blocks: panels of A and B are packed jointly by all threads, then tasks of (rows × columns)
/// of C run the register tile over them (Goto and van de Geijn 2008, "Anatomy of high-performance matrix
/// multiplication").
/// </summary>
internal readonly unsafe struct GemmProblem<T>(
    int m, int n, int k, T alpha, T* a, long aRow, long aStep, T* b, long bColumn, long bStep, T beta, T* c, long ldc,
    Dense.Part part, Compute compute)
    where T : unmanaged, INumber<T>
{
    // Steps of k a pass, in bytes of one number: a tile's panel of A (12 × 384 floats, 18 KB) stays in the first-level
    // cache while panels of B pass by.
    private const int PassBytes = 384 * 4;

    // Columns that one packing covers: the packed block (6 MB) stays in the last-level cache.
    private const int BlockColumns = 4096;

    // Rows that one packing covers at most; fewer threads need fewer to be busy, and less memory.
    private const int BlockRows = 4096;

    // Columns of C a task: their packed B (384 × 384 floats, 590 KB) stays in the second-level cache.
    private const int TaskColumns = 384;

    // Rows of C a task: enough to use the task's B many times, few enough for tasks to balance.
    private const int TaskRows = 384;

    // Tiles of rows that a task has at least.
    private const int LeastTiles = 2;

    public void Run(delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr)
    {
        // Equal passes: the borders depend on k alone, so each element's sum is cut alike in every call.
        int longest = PassBytes / sizeof(T);
        int passes = (k + longest - 1) / longest;
        int kc = (k + passes - 1) / passes;
        int blockRows = Math.Min(BlockRows, TaskRows * Math.Max(2, compute.Threads)) / mr * mr;
        int blockColumns = BlockColumns / nr * nr;
        int rows = RoundUp(Math.Min(m, blockRows), mr), columns = RoundUp(Math.Min(n, blockColumns), nr);
        var buffer = compute.Rent();
        T* memory = (T*)buffer.Get((((long)rows + columns) * kc + (16 * mr)) * sizeof(T));
        var (packedA, packedB) = ((nint)memory, (nint)(memory + RoundUp(rows * kc, 16)));
        for (int jc = 0; jc < n; jc += blockColumns)
        {
            int nc = Math.Min(blockColumns, n - jc);
            for (int pc = 0; pc < k; pc += kc)
            {
                int depth = Math.Min(kc, k - pc);
                var panelsB = new PackedPanels<T>(b + (jc * bColumn) + (pc * bStep), bColumn, bStep, nc, depth, nr, (T*)packedB);
                for (int ic = 0; ic < m; ic += blockRows)
                {
                    int mc = Math.Min(blockRows, m - ic);
                    if (part == Dense.Part.Lower && ic + mc <= jc)
                    {
                        continue;
                    }

                    var panelsA = new PackedPanels<T>(a + (ic * aRow) + (pc * aStep), aRow, aStep, mc, depth, mr, (T*)packedA);
                    Pack(panelsA, panelsB);
                    panelsB = default; // packed once, for all blocks of rows
                    Multiply(tile, mr, nr, ic, jc, mc, nc, depth, (T*)packedA, (T*)packedB, pc == 0 ? beta : T.One);
                }
            }
        }

        compute.Return(buffer);
    }

    private void Multiply(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr, int ic, int jc, int mc, int nc, int depth,
        T* packedA, T* packedB, T factor)
    {
        // Tasks of one size, or the last thread works alone; a few for each thread, or some have none.
        int rowTasks = (mc + TaskRows - 1) / TaskRows, columnTasks = (nc + TaskColumns - 1) / TaskColumns;
        int wanted = (3 * Math.Min(compute.Threads, mc / mr / LeastTiles)) + columnTasks - 1;
        rowTasks = Math.Max(rowTasks, wanted / columnTasks);
        int taskRows = RoundUp((mc + rowTasks - 1) / rowTasks, mr);
        int taskColumns = RoundUp((nc + columnTasks - 1) / columnTasks, nr);
        var self = this;
        var (pa, pb) = ((nint)packedA, (nint)packedB);
        compute.For(rowTasks * columnTasks, task =>
        {
            // Tasks of the same columns follow each other: they share the packed B.
            int row = task % rowTasks * taskRows, column = task / rowTasks * taskColumns;
            self.MultiplyTask(
                tile, mr, nr, ic, jc, row, Math.Min(mc, row + taskRows), column, Math.Min(nc, column + taskColumns),
                depth, (T*)pa, (T*)pb, factor);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyTask(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int mr, int nr, int ic, int jc, int row, int lastRow,
        int column, int lastColumn, int depth, T* packedA, T* packedB, T factor)
    {
        T* border = stackalloc T[mr * nr];
        for (int i = row; i < lastRow; i += mr)
        {
            T* panelA = packedA + ((long)i * depth);
            for (int j = column; j < lastColumn; j += nr)
            {
                int height = Math.Min(mr, lastRow - i), width = Math.Min(nr, lastColumn - j);
                if (part == Dense.Part.Lower && ic + i + height <= jc + j)
                {
                    break;
                }

                T* panelB = packedB + ((long)j * depth);
                T* target = c + ((ic + i) * ldc) + jc + j;
                if (height == mr && width == nr)
                {
                    tile(depth, panelA, panelB, target, ldc, alpha, factor, T.IsZero(factor));
                }
                else
                {
                    // A tile that overhangs C runs in a copy: the same instructions, hence the same bits.
                    Border(tile, nr, height, width, depth, panelA, panelB, target, border, factor);
                }
            }
        }
    }

    private void Border(
        delegate*<int, T*, T*, T*, long, T, T, bool, void> tile, int nr, int height, int width, int depth, T* panelA,
        T* panelB, T* target, T* border, T factor)
    {
        for (int r = 0; r < height && !T.IsZero(factor); r++)
        {
            new ReadOnlySpan<T>(target + (r * ldc), width).CopyTo(new Span<T>(border + (r * nr), nr));
        }

        tile(depth, panelA, panelB, border, nr, alpha, factor, T.IsZero(factor));
        for (int r = 0; r < height; r++)
        {
            new ReadOnlySpan<T>(border + (r * nr), width).CopyTo(new Span<T>(target + (r * ldc), width));
        }
    }

    // Both operands in one hand-out: a short pass has no time to wait for its threads twice.
    private void Pack(PackedPanels<T> panelsA, PackedPanels<T> panelsB)
    {
        int tasksA = panelsA.Tasks;
        compute.For(tasksA + panelsB.Tasks, task =>
        {
            var panels = task < tasksA ? panelsA : panelsB;
            panels.Pack(task < tasksA ? task : task - tasksA);
        });
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
