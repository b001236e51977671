namespace Encore;

/// <summary>Reads logs in a format that Encore does not know. It is asked before the built-in ones.</summary>
public interface IInteractionReader
{
    /// <summary>The format's name, such as <c>hdf5</c>.</summary>
    string Name { get; }

    /// <summary>Whether it reads a file, by its name or its first bytes.</summary>
    bool CanRead(string path);

    /// <summary>Reads a log. Ids are kept as they are written; the order of the file is the order of time where there are no
    /// times.</summary>
    /// <param name="path">The file; it exists.</param>
    /// <param name="context">What the caller says about it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">The file is not what it should be; the message says what was found, what was
    /// expected, and where.</exception>
    Interactions Read(string path, ReadContext context, CancellationToken cancellationToken);
}

/// <summary>What a reader is told beside the file.</summary>
public sealed class ReadContext
{
    /// <summary>Which columns hold what.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>What becomes of a repeated user and item.</summary>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>Told what was assumed, a sentence each; null: nobody is.</summary>
    public IProgress<string>? Notes { get; init; }

    /// <summary>Told the share that is read, in [0, 1]; null: nobody is.</summary>
    public IProgress<double>? Progress { get; init; }
}

/// <summary>Readers of formats that Encore does not know.</summary>
public sealed class ReaderCatalog
{
    private readonly List<IInteractionReader> _readers = [];

    /// <summary>The readers, in the order in which they are asked.</summary>
    public IReadOnlyList<IInteractionReader> All => _readers;

    /// <summary>Adds a reader.</summary>
    /// <exception cref="ArgumentException">There is one of its name.</exception>
    public void Register(IInteractionReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (string.IsNullOrEmpty(reader.Name) || _readers.Exists(r => r.Name == reader.Name))
        {
            throw new ArgumentException($"Found reader '{reader.Name}', expected a name that no other reader has.", nameof(reader));
        }

        _readers.Add(reader);
    }

    /// <summary>The first reader that reads a file; null where none does.</summary>
    public IInteractionReader? For(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return _readers.Find(r => r.CanRead(path));
    }
}
