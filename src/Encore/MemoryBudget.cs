using System.Globalization;

namespace Encore;

/// <summary>
/// Refuses work that does not fit the machine before it is begun, so that a catalogue too large for a model ends in a
/// sentence and not in a machine that swaps or a process that is killed.
/// </summary>
public static class MemoryBudget
{
    /// <summary>The largest n whose n × n numbers fit one array of .NET: 46,340.</summary>
    public const int LargestSquare = 46_340;

    /// <summary>
    /// Bytes that this process can still take: what the machine or its control group (container) grants, less what is
    /// in use, as the garbage collector last saw it.
    /// </summary>
    public static long Available
    {
        get
        {
            var info = GC.GetGCMemoryInfo(GCKind.Any);
            return Math.Max(0, info.TotalAvailableMemoryBytes - Math.Max(info.MemoryLoadBytes, Environment.WorkingSet));
        }
    }

    /// <summary>Throws unless some bytes are there to be taken.</summary>
    /// <param name="bytes">Bytes that are about to be taken.</param>
    /// <param name="what">What needs them, such as "EASE of 20,108 items".</param>
    /// <param name="advice">What to do instead, a sentence.</param>
    /// <param name="limit">Bytes that may be taken; null: <see cref="Available"/>.</param>
    /// <exception cref="InsufficientMemoryException">The message says how much is needed, how much there is, and the
    /// advice.</exception>
    public static void Require(long bytes, string what, string advice, long? limit = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long available = limit ?? Available;
        if (limit is null && bytes > available / 2)
        {
            // Close to the limit the collector's last look may be old, and garbage counts as in use: look again.
            GC.Collect();
            available = Available;
        }

        if (bytes > available)
        {
            throw new InsufficientMemoryException(
                $"{what} needs {Text(bytes)} of memory; there is {Text(available)}. {advice}");
        }
    }

    /// <summary>Throws unless n × n numbers fit one array and the memory.</summary>
    /// <param name="n">Side of the square matrix.</param>
    /// <param name="bytes">Bytes that are about to be taken, all told.</param>
    /// <param name="what">What needs them.</param>
    /// <param name="advice">What to do instead, a sentence.</param>
    /// <param name="limit">Bytes that may be taken; null: <see cref="Available"/>.</param>
    /// <exception cref="InsufficientMemoryException">One or the other is too large.</exception>
    public static void RequireSquare(int n, long bytes, string what, string advice, long? limit = null)
    {
        if (n > LargestSquare)
        {
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{what} needs a matrix of {n:N0} × {n:N0} numbers ({Text(bytes)}), beyond the {LargestSquare:N0} × {LargestSquare:N0} that one array holds. {advice}"));
        }

        Require(bytes, what, advice, limit);
    }

    /// <summary>The number of entries of a matrix that one array holds.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="what">What the matrix is, such as "output.weight".</param>
    /// <param name="advice">What to do instead, a sentence.</param>
    /// <exception cref="InsufficientMemoryException">One array is too small.</exception>
    internal static int RequireArray(long rows, long columns, string what, string advice) =>
        columns == 0 || rows <= Array.MaxLength / columns
            ? (int)(rows * columns)
            : throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{what} needs {rows:N0} × {columns:N0} numbers, beyond the {Array.MaxLength:N0} that one array holds. {advice}"));

    /// <summary>A number of bytes for people: "1.62 GB", units of 1000.</summary>
    internal static string Text(long bytes)
    {
        ReadOnlySpan<string> units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        double size = bytes;
        int unit = 0;
        for (; size >= 999.5 && unit < units.Length - 1; unit++)
        {
            size /= 1000;
        }

        string format = unit == 0 || size >= 99.95 ? "F0" : size >= 9.995 ? "F1" : "F2";
        return size.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
