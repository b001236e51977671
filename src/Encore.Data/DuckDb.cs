using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Encore.Data;

/// <summary>One DuckDB in memory, read by its chunks of columns: a row costs no call and no object.</summary>
internal sealed class DuckDb : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    /// <param name="threads">Threads that work; 0: one for each processor.</param>
    public DuckDb(int threads = 0)
    {
        _connection.Open();

        // A date means the same on every machine; nothing is downloaded behind the user's back; progress is counted, not printed.
        Execute(
            FormattableString.Invariant($"SET threads = {(threads == 0 ? Environment.ProcessorCount : threads)}; ") +
            "SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false; SET enable_progress_bar = true; SET enable_progress_bar_print = false");
    }

    /// <summary>Share of the running query that is done, in [0, 1]; 0 where DuckDB does not know.</summary>
    public double Progress => Math.Clamp(_connection.GetQueryProgress().Percentage / 100, 0, 1);

    public void Dispose() => _connection.Dispose();

    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Makes a table of text.</summary>
    public void Fill(string table, IReadOnlyList<string> columns, IEnumerable<string?[]> rows)
    {
        Execute($"CREATE TABLE {Text.Name(table)} ({string.Join(", ", columns.Select(c => $"{Text.Name(c)} VARCHAR"))})");
        using var appender = _connection.CreateAppender(table);
        foreach (string?[] row in rows)
        {
            var line = appender.CreateRow();
            foreach (string? cell in row)
            {
                line = cell is null ? line.AppendNullValue() : line.AppendValue(cell);
            }

            line.EndRow();
        }
    }

    /// <summary>A small result as rows of text.</summary>
    public List<string?[]> Rows(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string?[]>();
        while (reader.Read())
        {
            var row = new string?[reader.FieldCount];
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture);
            }

            rows.Add(row);
        }

        return rows;
    }

    /// <summary>The rows of a result whose columns are texts, one after another, in an array that the next row overwrites.</summary>
    public IEnumerable<string?[]> Each(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        var row = new string?[reader.FieldCount];
        while (reader.Read())
        {
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
            }

            yield return row;
        }
    }

    /// <summary>Streams a result in the order of its rows; a chunk is gone when the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">DuckDB refuses the query or meets bad data; the message is DuckDB's.</exception>
    public void Stream(string sql, Action<Chunk> take, CancellationToken cancellationToken)
    {
        using var interrupt = cancellationToken.Register(() => NativeMethods.Startup.DuckDBInterrupt(_connection.NativeConnection));
        var prepared = NativeMethods.PreparedStatements.DuckDBPrepare(_connection.NativeConnection, sql, out var statement);
        using (statement)
        {
            if (prepared != DuckDBState.Success)
            {
                throw new InvalidDataException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement));
            }

            var state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            try
            {
                ThrowOnError(state != DuckDBState.Success, ref result, cancellationToken);
                while (true)
                {
                    using var chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(result);
                    cancellationToken.ThrowIfCancellationRequested();
                    if (chunk.IsInvalid)
                    {
                        break;
                    }

                    take(new Chunk(chunk));
                }

                ThrowOnError(false, ref result, cancellationToken);
            }
            finally
            {
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    private static void ThrowOnError(bool failed, ref DuckDBResult result, CancellationToken cancellationToken)
    {
        string? error = NativeMethods.Query.DuckDBResultError(ref result);
        if (failed || !string.IsNullOrEmpty(error))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidDataException(error);
        }
    }

    /// <summary>Some rows of a result, column by column.</summary>
    internal readonly struct Chunk(DuckDBDataChunk chunk)
    {
        public int Rows => (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);

        public unsafe ReadOnlySpan<T> Column<T>(int column)
            where T : unmanaged =>
            new(NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column)), Rows);

        /// <summary>The first row that has no value in a column, or −1.</summary>
        public unsafe int FirstNull(int column)
        {
            ulong* validity = NativeMethods.Vectors.DuckDBVectorGetValidity(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column));
            for (int row = 0; validity is not null && row < Rows; row++)
            {
                if ((validity[row / 64] >> (row % 64) & 1) == 0)
                {
                    return row;
                }
            }

            return -1;
        }
    }
}
