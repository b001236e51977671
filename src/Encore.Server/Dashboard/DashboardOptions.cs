using System.Net;

namespace Encore.Server.Dashboard;

/// <summary>What a dashboard is told.</summary>
public sealed record DashboardOptions
{
    /// <summary>The folder of the runs; it may not be there yet.</summary>
    public required string Runs { get; init; }

    /// <summary>The address to listen on. Default 127.0.0.1: this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0: any that is free. Default 8081.</summary>
    public int Port { get; init; } = 8081;

    /// <summary>Whether <see cref="Host"/> may be an address that others can reach. The dashboard asks for no key, so they
    /// then see every run, and can remove runs. Default false.</summary>
    public bool AllowsOthers { get; init; }

    /// <summary>Whether only this machine can reach the address.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    internal IPAddress Address => Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Host);

    /// <exception cref="ArgumentException">A value is not allowed.</exception>
    internal void Check()
    {
        if (Host != "localhost" && !IPAddress.TryParse(Host, out _))
        {
            throw new ArgumentException($"Found address {Host}, expected an IP address such as 127.0.0.1.");
        }

        if (!IsLoopback && !AllowsOthers)
        {
            throw new ArgumentException(
                $"Found address {Host}: the dashboard asks for no key, and others could read and remove runs there. Listen on 127.0.0.1 behind a proxy or a tunnel, or ask for it (--allow-others).");
        }
    }
}
