using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Encore.Hosting;

/// <summary>Uses the <c>X-Forwarded-*</c> headers of reverse proxies that the server was told of, and of no others.</summary>
internal static class TrustedProxies
{
    public static void AddTo(IServiceCollection services, HostingOptions options)
    {
        var networks = options.TrustedProxies.Select(Network).ToArray();

        // Last word: the framework's switch for all proxies, ASPNETCORE_FORWARDEDHEADERS_ENABLED, would trust anybody.
        services.PostConfigure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            forwarded.ForwardLimit = null; // up to the first address that is not trusted
            forwarded.ForwardedHeaders = networks.Length == 0 ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedPrefix;
            foreach (var network in networks)
            {
                forwarded.KnownIPNetworks.Add(network);
            }
        });
    }

    private static System.Net.IPNetwork Network(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        return IPAddress.TryParse(text.Trim('[', ']'), out var address)
            ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new ArgumentException($"Found trusted proxy '{text}'; expected an IP address such as 127.0.0.1 or a network such as 10.0.0.0/8.");
    }
}
