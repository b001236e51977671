using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Primitives;

namespace Encore.Hosting;

/// <summary>The names under which a server answers. A page of another site can let a name of its own resolve to this
/// machine (DNS rebinding); its requests carry that name and are refused. An IP address in place of a name cannot be
/// rebound, so a server that listens on all interfaces answers to every one.</summary>
internal sealed class HostNames
{
    private readonly List<StringSegment> _names = [];
    private readonly bool _anyAddress;

    public HostNames(HostingOptions options, ListenAddresses listen)
    {
        _anyAddress = listen.IsAny;
        Add(options.Host);
        foreach (var address in listen.Addresses)
        {
            Add(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString());
        }

        if (listen.IsLoopback || listen.IsAny)
        {
            Add("localhost");
            Add("127.0.0.1");
            Add("[::1]");
        }

        if (listen.IsAny)
        {
            Add(Dns.GetHostName());
        }

        foreach (string name in options.AllowedHosts)
        {
            Add(Checked(name));
        }
    }

    /// <summary>The names, for people.</summary>
    public string Text => _names.Contains("*") ? "any" : string.Join(", ", _names) + (_anyAddress ? ", any IP address" : "");

    /// <summary>Whether the server answers to a request's host. A request without one does not come from a browser.</summary>
    public bool Knows(HostString host) => !host.HasValue || HostString.MatchesAny(host.Value, _names) || (_anyAddress && IPAddress.TryParse(host.Host.Trim('[', ']'), out _));

    private void Add(string name)
    {
        // All interfaces have no name that a request could carry.
        string normal = name.Contains(':') && !name.StartsWith('[') ? $"[{name}]" : name;
        if (normal is not ("0.0.0.0" or "[::]") && !_names.Contains(normal))
        {
            _names.Add(normal);
        }
    }

    private static string Checked(string name)
    {
        string bare = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
        return name == "*" || Uri.CheckHostName(bare.Trim('[', ']')) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? name
            : throw new ArgumentException($"Found allowed host '{name}'; expected a name such as recs.example, *.example, or * for all, without scheme, port or path.");
    }
}

/// <summary>Refuses requests for other hosts. Probes of <c>/healthz</c> and <c>/readyz</c> come by whatever address a
/// machine or container has, and learn nothing.</summary>
internal sealed class HostCheck(RequestDelegate next, HostNames names)
{
    public Task InvokeAsync(HttpContext context) => names.Knows(context.Request.Host) || HealthPaths.Contains(context.Request.Path)
        ? next(context)
        : throw new ProblemException(400, $"This server does not answer to host {context.Request.Host}. If it should, start it with --allow-host {context.Request.Host.Host}.") { IsRefusal = true };
}

/// <summary>What load balancers and orchestrators ask.</summary>
public static class HealthPaths
{
    /// <summary>Whether a path is one of them.</summary>
    public static bool Contains(PathString path) => path.Value is "/healthz" or "/readyz";
}
