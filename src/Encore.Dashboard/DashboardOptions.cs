
namespace Encore.Dashboard;

/// <summary>What a dashboard is told.</summary>
public sealed record DashboardOptions : HostingOptions
{
    /// <summary>The defaults: port 8081 of this machine.</summary>
    public DashboardOptions() => Port = 8081;

    /// <summary>The folder of the runs; it may not be there yet.</summary>
    public required string Runs { get; init; }

    /// <summary>Whether <see cref="HostingOptions.Host"/> may be an address that others can reach. The dashboard asks for no key, so they
    /// then see every run, and can remove runs. Default false.</summary>
    public bool AllowsOthers { get; init; }

    /// <exception cref="ArgumentException">A value is not allowed.</exception>
    internal void Check(ListenAddresses listen)
    {
        if (!listen.IsLoopback && !AllowsOthers)
        {
            throw new ArgumentException(
                $"Found address {Host}: the dashboard asks for no key, and others could read and remove runs there. Listen on 127.0.0.1 behind a proxy or a tunnel, or ask for it (--allow-others).");
        }
    }
}
