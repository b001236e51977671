using System.Text;
using System.Text.Unicode;

namespace Encore.Data;

/// <summary>
/// A copy of a text file as DuckDB can read it: UTF-8, uncompressed, lines that end in one way, without bad lines where
/// those are left out. Empty lines stand for what is left out: line numbers are those of the file.
/// </summary>
internal sealed class TextCopy : IDisposable
{
    // DuckDB's own limit on a line of a delimited file.
    public const int LongestLine = 2_000_000;

    private readonly string _path = Path.GetTempFileName();

    private TextCopy(DataFile file) => File = DataFile.Plain(_path) with { Format = file.Format };

    /// <summary>The copy.</summary>
    public DataFile File { get; }

    public void Dispose() => System.IO.File.Delete(_path);

    /// <summary>Copies line by line.</summary>
    /// <param name="file">The file.</param>
    /// <param name="encoding">Its encoding; null: UTF-8.</param>
    /// <param name="check">What is wrong with a line, null: nothing; null: no line is left out.</param>
    /// <param name="bad">Takes lines that are left out.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static TextCopy OfLines(DataFile file, Encoding? encoding, Func<byte[], string?>? check, BadLines bad, CancellationToken cancellationToken) =>
        Of(file, encoding, stream => RecordReader.Lines(stream, 1 << 26), check is null ? null : record => check(record.ToArray()), bad, cancellationToken);

    /// <summary>Copies record by record.</summary>
    /// <param name="file">The file.</param>
    /// <param name="encoding">Its encoding; null: UTF-8.</param>
    /// <param name="dialect">How its fields are told apart.</param>
    /// <param name="check">What is wrong with the fields of a record, null: nothing; null: no line is left out.</param>
    /// <param name="bad">Takes lines that are left out.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static TextCopy OfRecords(
        DataFile file, Encoding? encoding, Dialect dialect, Func<string[], long, string?>? check, BadLines bad, CancellationToken cancellationToken)
    {
        long number = 0;
        return Of(
            file, encoding,
            stream => new RecordReader(stream, dialect.Quote, dialect.Delimiter, dialect.Escape, LongestLine),
            check is null ? null : record => check(dialect.Split(Encoding.UTF8.GetString(record)), number++), bad, cancellationToken);
    }

    /// <summary>Copies bytes as they are, decompressed.</summary>
    public static TextCopy OfBytes(DataFile file)
    {
        var copy = new TextCopy(file);
        copy.Write(file, output =>
        {
            using var input = file.OpenBytes();
            input.CopyTo(output);
        });
        return copy;
    }

    private static TextCopy Of(DataFile file, Encoding? encoding, Func<Stream, RecordReader> open, RecordCheck? check, BadLines bad, CancellationToken cancellationToken)
    {
        var copy = new TextCopy(file);
        string? wrong = null;
        copy.Write(file, output =>
        {
            using var input = TextHead.OpenUtf8(file, encoding);
            wrong = Copy(open(input), output, encoding, check, bad, cancellationToken);
        });
        if (wrong is not null)
        {
            copy.Dispose();
            throw new InvalidDataException($"{file.Name}:{wrong}.");
        }

        return copy;
    }

    private void Write(DataFile file, Action<FileStream> write)
    {
        try
        {
            using var output = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);
            write(output);
        }
        catch (Exception error)
        {
            Dispose();
            throw DataFile.IsOfPacking(error) ? file.Damaged(error) : error;
        }
    }

    // The line and error of the first line that is wrong, where none is left out.
    private static string? Copy(RecordReader reader, FileStream output, Encoding? encoding, RecordCheck? check, BadLines bad, CancellationToken cancellationToken)
    {
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = TextHead.WithoutMark(reader.Record, reader.Line);
            string? wrong = record.IsEmpty ? null : Wrong(reader, record, encoding, check);
            if (wrong is not null && check is null)
            {
                return FormattableString.Invariant($"{reader.Line}: {wrong}");
            }

            bad.Total += record.IsEmpty ? 0 : 1;
            if (wrong is null)
            {
                output.Write(record);
                output.WriteByte((byte)'\n');
                continue;
            }

            bad.Add(FormattableString.Invariant($"line {reader.Line}"), wrong);
            for (int line = 0; line < reader.LineCount; line++)
            {
                output.WriteByte((byte)'\n');
            }
        }

        return null;
    }

    private static string? Wrong(RecordReader reader, ReadOnlySpan<byte> record, Encoding? encoding, RecordCheck? check)
    {
        string Shown(ReadOnlySpan<byte> bytes) => DelimitedLayout.Shortened(Encoding.UTF8.GetString(bytes));
        return reader.IsTooLong ? FormattableString.Invariant($"found a line of more than {reader.Longest:N0} bytes that begins '{Shown(record)}', expected an interaction")
            : encoding is not null && record.IndexOf("\uFFFD"u8) >= 0 ? $"found bytes in '{Shown(record)}' that are not {encoding.WebName}; say the encoding with --encoding"
            : record.Contains((byte)0) ? $"found a byte 0 in '{Shown(record)}', expected text"
            : check is null ? null
            : !Utf8.IsValid(record) ? $"found bytes in '{Shown(record)}' that are not UTF-8; say the encoding with --encoding, such as latin-1"
            : !reader.IsSound ? $"found a quote that does not end in '{Shown(record)}'"
            : check(record);
    }

    private delegate string? RecordCheck(ReadOnlySpan<byte> record);
}
