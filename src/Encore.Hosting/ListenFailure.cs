using System.Net;
using System.Net.Sockets;

namespace Encore.Hosting;

/// <summary>Says in one line why a server cannot listen.</summary>
internal static class ListenFailure
{
    /// <summary>The error to report for one that came out of the server's start; null: it is of another kind.</summary>
    public static IOException? Of(Exception error, ListenAddresses listen, int port)
    {
        if (error.GetBaseException() is not SocketException socket)
        {
            return null;
        }

        var place = new IPEndPoint(listen.Addresses.FirstOrDefault(a => !CanListen(a, port)) ?? listen.Addresses[0], port);
        return new IOException(Text(socket, place), error);
    }

    internal static string Text(SocketException error, IPEndPoint place) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"Cannot listen on {place}: another process uses this address and port. Stop it, or choose another port (--port 0: any free one).",
        SocketError.AccessDenied => $"Cannot listen on {place}: permission denied{(place.Port < 1024 ? "; ports below 1024 need special rights" : "")}. Choose a port from 1024 on, behind a reverse proxy if need be.",
        SocketError.AddressNotAvailable => $"Cannot listen on {place}: this machine has no address {place.Address}. Expected one of its own, or 0.0.0.0 for all.",
        SocketError.AddressFamilyNotSupported => $"Cannot listen on {place}: this machine has no {(place.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")}.",
        _ => $"Cannot listen on {place}: {error.Message}.",
    };

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
