using System.Net;
using System.Net.Sockets;
using System.Security.Claims;

namespace Encore.Server.Scheduling;

/// <summary>The sender of a request, for fair scheduling: every client gets an equal share of the machine, and a client's
/// connections divide its share equally.</summary>
/// <param name="Name">The user's id where one is known, otherwise the remote address: IPv4 whole, of IPv6 the /64 that one
/// subscriber has.</param>
/// <param name="Connection">The connection.</param>
internal readonly record struct Client(string Name, string Connection)
{
    /// <summary>Who sent a request. Behind a proxy whose forwarded headers are trusted, the address is that of its
    /// client.</summary>
    public static Client Of(HttpContext context) => new(User(context.User) ?? Address(context.Connection.RemoteIpAddress), context.Connection.Id ?? ""); // test servers have no connections

    private static string? User(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true } identity
        && (user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue("sub") ?? identity.Name) is { Length: > 0 } id ? "user " + id : null;

    private static string Address(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
