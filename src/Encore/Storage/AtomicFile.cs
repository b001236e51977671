using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Encore.Storage;

/// <summary>
/// A file on its way, written beside its place under a name of its own. <see cref="Commit"/> flushes it to the disk, gives it
/// its name, and on Unix flushes the folder too, so that at every moment, after a loss of power too, the path names a complete
/// file: the one before or the new one. Two writers of one path do not meet: the file is that of whoever commits last. What is
/// disposed without a commit is removed.
/// </summary>
/// <remarks>One thread at a time. What a process that was killed leaves behind is known by <see cref="IsTemporary"/>.</remarks>
public sealed class AtomicFile : IDisposable
{
    private const string Ending = ".tmp";
    private const int RandomDigits = 16;

    private readonly bool _overwrite;
    private FileStream? _stream;
    private bool _done;

    /// <summary>A file for a place; nothing is written yet.</summary>
    /// <param name="path">Its place, in a folder that exists.</param>
    /// <param name="overwrite">Whether an existing file is replaced; if not, <see cref="Commit"/> is an error
    /// then.</param>
    public AtomicFile(string path, bool overwrite = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (Path, _overwrite) = (path, overwrite);
        TemporaryPath = $"{path}.{RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true)}{Ending}";
    }

    /// <summary>Where the file will be.</summary>
    public string Path { get; }

    /// <summary>Where it is until then, for writers that take a name; others use <see cref="Stream"/>.</summary>
    public string TemporaryPath { get; }

    /// <summary>The file, open for writing; made by the first look.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only.</exception>
    public Stream Stream
    {
        get
        {
            ObjectDisposedException.ThrowIf(_done, this);
            return _stream ??= new FileStream(TemporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        }
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">Its place, in a folder that exists.</param>
    /// <param name="write">Writes what is in it.</param>
    /// <param name="overwrite">Whether an existing file is replaced rather than an error.</param>
    /// <exception cref="IOException">It cannot be written, or already exists.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only.</exception>
    public static void Write(string path, Action<Stream> write, bool overwrite = true)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var file = new AtomicFile(path, overwrite);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>Writes a whole file of text, in UTF-8.</summary>
    /// <inheritdoc cref="Write"/>
    /// <param name="path">Its place, in a folder that exists.</param>
    /// <param name="text">The text.</param>
    /// <param name="overwrite">Whether an existing file is replaced rather than an error.</param>
    public static void WriteText(string path, string text, bool overwrite = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), overwrite);
    }

    /// <summary>Whether a file has the name of one on its way: of a process that writes it now or was killed, of this release or
    /// an earlier one.</summary>
    public static bool IsTemporary(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] parts = System.IO.Path.GetFileName(path).Split('.');
        return parts is [_, .., var mark, _] && path.EndsWith(Ending, StringComparison.Ordinal)
            && mark.Length > 0 && (mark.All(char.IsAsciiDigit) || (mark.Length == RandomDigits && mark.All(char.IsAsciiHexDigitLower)));
    }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="IOException">It cannot be flushed or renamed, or already exists; it is removed when this is
    /// disposed.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_done, this);
        if (_stream is null)
        {
            // Somebody else wrote it, by its name; or nobody did, and it is empty.
            _stream = new FileStream(TemporaryPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
        }

        _stream.Flush();
        ((FileStream)_stream).Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(TemporaryPath, Path, _overwrite);
        _done = true;
        if (!OperatingSystem.IsWindows())
        {
            Folder.Flush(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        }
    }

    /// <summary>Removes what was written, unless it has its name.</summary>
    public void Dispose()
    {
        if (_done)
        {
            return;
        }

        _done = true;
        try
        {
            _stream?.Dispose();
        }
        finally
        {
            // A disk that is full may be an error again as the last bytes are written.
            File.Delete(TemporaryPath);
        }
    }

    /// <summary>What .NET does not have: a folder is flushed through a handle, which it opens of files only.</summary>
    private static class Folder
    {
        private const int ReadOnly = 0, InputOutputError = 5;

        public static void Flush(string folder)
        {
            int handle = Open([.. Encoding.UTF8.GetBytes(folder), 0], ReadOnly);
            if (handle < 0)
            {
                return; // it may be written to and not read
            }

            // Some file systems cannot flush a folder and say so; only a disk that fails is an error.
            int error = Sync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
            _ = Close(handle);
            if (error == InputOutputError)
            {
                throw new IOException($"{folder}: the disk failed as the folder was flushed.");
            }
        }

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Sync(int handle);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Close(int handle);
    }
}
