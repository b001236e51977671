namespace Encore.Hosting;

/// <summary>How a server's log is written.</summary>
public enum LogFormat
{
    /// <summary>One line of text for each event.</summary>
    Text,

    /// <summary>One JSON object for each event, with its fields under <c>State</c>.</summary>
    Json,
}

/// <summary>Where a server listens, under which names it answers, and what stands in front of it.</summary>
public abstract record HostingOptions
{
    /// <summary>The address to listen on: an IP address, or a name that resolves to addresses of this machine.
    /// <c>0.0.0.0</c> is all IPv4 addresses, <c>[::]</c> all addresses. Default 127.0.0.1: this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port, 0 … 65,535; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Names under which the server answers, in addition to those it listens on: <c>recs.example</c>,
    /// <c>*.example</c>, or <c>*</c> for all. Requests with another <c>Host</c> header get 400, so that a page of another
    /// site cannot reach the server by a name that resolves to it. Default none.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Reverse proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c> and <c>-Prefix</c> headers are
    /// used: IP addresses or networks such as <c>10.0.0.0/8</c>. Default none: the headers are ignored.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The path below which a reverse proxy publishes the server, such as <c>/encore</c>. Requests are answered
    /// with and without it, so the proxy may pass it on or strip it. Default none.</summary>
    public string PathBase { get; init; } = "";

    /// <summary>How the log is written to standard error; null: as the environment variable
    /// <c>Logging__Console__FormatterName</c> says, text without it.</summary>
    public LogFormat? LogFormat { get; init; }
}
