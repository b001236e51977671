using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Encore.Data.Tests;

/// <summary>A publisher on this machine: one archive, and the ways in which a download goes wrong.</summary>
internal sealed class ArchiveServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _archive;

    public ArchiveServer(byte[] archive)
    {
        _archive = archive;
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/files/tiny.zip");

    /// <summary>The Range header of each request, or nothing.</summary>
    public ConcurrentQueue<string> Ranges { get; } = [];

    /// <summary>The version of the archive; a request for a part of another version gets the whole.</summary>
    public string? ETag { get; set; }

    public bool IgnoresRange { get; set; }

    /// <summary>Answers with another part than the one asked for.</summary>
    public bool SendsWrongPart { get; set; }

    /// <summary>The status of every answer.</summary>
    public string? Status { get; set; }

    /// <summary>Bytes of a body after which the connection ends.</summary>
    public int? BreaksAfter { get; set; }

    /// <summary>After breaking off, waits for the client to hang up rather than to end the connection.</summary>
    public bool Stalls { get; set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
            {
                string[] parts = line.Split(": ", 2);
                headers[parts[0]] = parts[^1];
            }

            string range = headers.GetValueOrDefault("Range", "");
            Ranges.Enqueue(range);
            bool same = !headers.TryGetValue("If-Range", out string? tag) || tag == ETag;
            int from = range.Length > 0 && same && !IgnoresRange
                ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
                : 0;
            from = SendsWrongPart && from > 0 ? from - 1 : from;
            bool beyond = from >= _archive.Length;
            string status = Status ?? (beyond ? "416 Range Not Satisfiable" : from > 0 ? "206 Partial Content" : "200 OK");
            byte[] body = Status is not null || beyond ? [] : _archive[from..];
            string head = $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n" +
                (ETag is null ? "" : $"ETag: {ETag}\r\n") +
                (from > 0 && !beyond ? $"Content-Range: bytes {from}-{_archive.Length - 1}/{_archive.Length}\r\n" : "") + "\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
            await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, BreaksAfter ?? body.Length)), _stop.Token);
            if (Stalls)
            {
                await stream.ReadExactlyAsync(new byte[1], _stop.Token);
            }
        }
        catch (IOException)
        {
            // The client has hung up, as some tests want it to.
        }
    }
}
