using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>The format of the graph papers (LightGCN and its kin): on each line a user and all items, blanks between.</summary>
internal static class Adjacency
{
    public static void Read(DuckDb db, string lines, ReadOptions options, LogColumns log, CancellationToken cancellationToken)
    {
        // A user without items has a line too, and stays without interactions.
        db.Stream(
            $"SELECT line FROM {lines} WHERE line IS NOT NULL",
            chunk =>
            {
                foreach (ref readonly var text in chunk.Column<DuckDBString>(0))
                {
                    var line = Text.Bytes(text);
                    ReadOnlySpan<byte> user = default;
                    foreach (var range in line.SplitAny(" \t\r"u8))
                    {
                        if (range.End.Value == range.Start.Value)
                        {
                            continue;
                        }

                        if (user.IsEmpty)
                        {
                            user = line[range];
                        }
                        else
                        {
                            log.Add(user, line[range]);
                        }
                    }
                }

                options.Progress?.Report(db.Progress);
            },
            cancellationToken);
    }
}
