using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Encore.Benchmarks;

/// <summary>A kept connection that knows as much HTTP as the server's answers need: a general client would take more of
/// the machine than the server.</summary>
internal sealed class HttpConnection : IDisposable
{
    private const string Length = "Content-Length: ";

    private readonly Uri _address;
    private readonly byte[] _buffer = new byte[1 << 16];
    private Socket _socket;

    public HttpConnection(Uri address) => (_address, _socket) = (address, Connect(address));

    /// <summary>A request as bytes.</summary>
    /// <param name="address">The server.</param>
    /// <param name="path">The endpoint.</param>
    /// <param name="body">JSON.</param>
    public static byte[] Post(Uri address, string path, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <returns>The status, 0 where the connection ended in mid-answer (the next request opens another), and the answer's
    /// bytes.</returns>
    public async Task<(int Status, long Bytes)> AskAsync(byte[] request, CancellationToken cancellationToken = default)
    {
        await _socket.SendAsync(request, cancellationToken);
        int held = 0, head = -1;
        long total = 0, expected = long.MaxValue;
        int status = 0;
        while (head < 0 || (expected == long.MaxValue ? !_buffer.AsSpan(0, held).EndsWith("\r\n0\r\n\r\n"u8) : total < expected))
        {
            if (held == _buffer.Length) // only the end of a long answer is looked at
            {
                _buffer.AsSpan(held - 16).CopyTo(_buffer);
                held = 16;
            }

            int read = await _socket.ReceiveAsync(_buffer.AsMemory(held), cancellationToken);
            if (read == 0)
            {
                _socket.Dispose();
                _socket = Connect(_address);
                return (0, total);
            }

            (held, total) = (held + read, total + read);
            if (head < 0 && (head = _buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8)) >= 0)
            {
                string headers = Encoding.ASCII.GetString(_buffer, 0, head);
                status = int.Parse(headers.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
                int at = headers.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
                expected = at < 0 ? long.MaxValue : head + 4 + long.Parse(headers[(at + Length.Length)..].Split('\r')[0], CultureInfo.InvariantCulture);
            }
        }

        return (status, total);
    }

    public void Dispose() => _socket.Dispose();

    private static Socket Connect(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address.Host, address.Port);
        return socket;
    }
}
