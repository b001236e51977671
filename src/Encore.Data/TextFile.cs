namespace Encore.Data;

/// <summary>A text file on its way into DuckDB: its first lines, and where it must be, a copy that DuckDB can read.</summary>
internal sealed class TextFile(DataFile file, ReadOptions options, CancellationToken cancellationToken) : IDisposable
{
    private TextHead? _head;
    private TextCopy? _copy;

    /// <summary>The file as errors name it.</summary>
    public string Name => file.Name;

    /// <summary>The file.</summary>
    public DataFile File => file;

    /// <summary>Its first lines.</summary>
    public TextHead Head => _head ??= TextHead.Read(file, options, cancellationToken);

    /// <summary>Lines that were left out.</summary>
    public BadLines Bad { get; } = new();

    /// <summary>Whether DuckDB cannot read it, although it looked as if: a copy helps.</summary>
    public bool MustCopy { get; set; }

    public void Dispose() => _copy?.Dispose();

    /// <summary>The file as DuckDB can read it line by line.</summary>
    public DataFile ForLines()
    {
        if (IsReadable)
        {
            LongLines.Check(file, LongLines.OfLists, cancellationToken);
            return file;
        }

        return Keep(TextCopy.OfLines(file, Head.Encoding, null, Bad, cancellationToken));
    }

    /// <summary>The file as DuckDB can read it as JSON.</summary>
    /// <param name="byLine">Whether each line is an object of its own.</param>
    public DataFile ForJson(bool byLine)
    {
        bool skip = byLine && options.BadLines == BadLinePolicy.Skip;
        return IsReadable && !skip ? file
            : Keep(TextCopy.OfLines(file, Head.Encoding, skip ? line => RecordLocator.IsObject(line) ? null : "found no JSON object" : null, Bad, cancellationToken));
    }

    /// <summary>The file as DuckDB can read it field by field.</summary>
    /// <param name="dialect">How its fields are told apart.</param>
    /// <param name="check">What is wrong with the fields of a record with its number; null: nothing.</param>
    public DataFile ForFields(Dialect dialect, Func<string[], long, string?>? check)
    {
        bool skip = check is not null && options.BadLines == BadLinePolicy.Skip;
        if (IsReadable && Head.HasOneEnd && !skip)
        {
            LongLines.Check(file, LongLines.OfFields, cancellationToken);
            return file;
        }

        return Keep(TextCopy.OfRecords(file, Head.Encoding, dialect, skip ? check : null, Bad, cancellationToken));
    }

    /// <summary>The file with nothing around it, for content that is no text.</summary>
    public DataFile ForBytes() => file.Packing == FileKind.Text ? file : Keep(TextCopy.OfBytes(file)) with { Content = file.Content };

    private bool IsReadable => file.IsReadable && Head.Encoding is null && !MustCopy;

    private DataFile Keep(TextCopy copy)
    {
        _copy?.Dispose();
        _copy = copy;
        return copy.File;
    }
}
