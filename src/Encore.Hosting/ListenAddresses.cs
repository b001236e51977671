using System.Net;
using System.Net.Sockets;

namespace Encore.Hosting;

/// <summary>The addresses of this machine that a host option stands for.</summary>
/// <param name="Host">The option.</param>
/// <param name="Addresses">The addresses to listen on, IPv4 first; at least one.</param>
/// <param name="LeftOut">Addresses that the name resolves to as well, but that are not of this machine.</param>
public sealed record ListenAddresses(string Host, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPAddress> LeftOut)
{
    /// <summary>Whether only this machine can reach all of the addresses.</summary>
    public bool IsLoopback => Addresses.All(IPAddress.IsLoopback);

    /// <summary>Whether the server listens on all interfaces.</summary>
    public bool IsAny => Addresses.Any(a => a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any));

    /// <summary>Resolves a host option. Names are looked up; what cannot be listened on is an error, never replaced.</summary>
    /// <exception cref="ArgumentException">It is neither an IP address nor a name.</exception>
    /// <exception cref="IOException">The name is unknown, or none of its addresses belongs to this machine.</exception>
    public static ListenAddresses Resolve(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (Literal(host) is { } address)
        {
            return new ListenAddresses(host, [address], []);
        }

        if (host is "*" or "+")
        {
            throw new ArgumentException($"Found host {host}; expected 0.0.0.0 for all IPv4 addresses, or [::] for all addresses.");
        }

        // What looks like an IPv4 address in another notation (127.1, 010.0.0.1, 0) is not guessed at.
        if (host.All(c => char.IsAsciiDigit(c) || c == '.') || Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            throw new ArgumentException($"Found host '{host}'; expected an IP address such as 127.0.0.1 or [::1], or a name such as localhost, without scheme, port or path.");
        }

        var found = LookUp(host);
        var own = found.Where(CanBind).ToArray();
        return own.Length > 0 ? new ListenAddresses(host, own, [.. found.Except(own)])
            : throw new IOException($"Host {host} resolves to {string.Join(", ", found.AsEnumerable())}; this machine has no such address. Listen on one of its own, or on 0.0.0.0 for all.");
    }

    private static IPAddress? Literal(string host)
    {
        string bare = host is ['[', .., ']'] ? host[1..^1] : host;
        if (bare.AsSpan().IndexOfAny('[', ']') >= 0 || !IPAddress.TryParse(bare, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && (address.ToString() != host)))
        {
            return null;
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static IPAddress[] LookUp(string host)
    {
        try
        {
            var found = Dns.GetHostAddresses(host).Distinct().OrderBy(a => a.AddressFamily).ToArray();
            return found.Length > 0 ? found : throw new SocketException((int)SocketError.NoData);
        }
        catch (SocketException error)
        {
            throw new IOException($"Host {host} cannot be resolved: {error.Message}. Expected a name of this machine, or an IP address such as 127.0.0.1.", error);
        }
    }

    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
