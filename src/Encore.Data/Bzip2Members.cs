using ICSharpCode.SharpZipLib.BZip2;

namespace Encore.Data;

/// <summary>Decompresses bzip2, also where several compressed files follow each other, as parallel tools write them.</summary>
internal sealed class Bzip2Members : Stream
{
    private readonly BufferedStream _file;
    private BZip2InputStream? _member;

    public Bzip2Members(Stream file)
    {
        _file = new BufferedStream(file, 1 << 16);
        _member = Next();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_member is not null && count > 0)
        {
            int read = _member.Read(buffer, offset, count);
            if (read > 0)
            {
                return read;
            }

            _member = _file.Position < _file.Length ? Next() : null;
        }

        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private BZip2InputStream Next() => new(_file) { IsStreamOwner = false };
}
