using System.Net;

namespace Encore.Server;

/// <summary>What a server is told.</summary>
public sealed record ServerOptions
{
    /// <summary>The model files, the first of which answers requests that name none. A model's name is its file's, without
    /// the ending.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The address to listen on. Default 127.0.0.1: this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0: any that is free. Default 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>SHA-256 digests of the keys of which requests must carry one, in hexadecimal digits. Required where
    /// <see cref="Host"/> is no loopback address. Default none: no key is asked for.</summary>
    public IReadOnlyList<string> KeyDigests { get; init; } = [];

    /// <summary>Whether a model file that changes is loaded without being asked to. Default true.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>Whether large matrices stay in the file. Loading then takes no time and no memory of its own, but the file
    /// must never be written over in place. Default false.</summary>
    public bool Map { get; init; }

    /// <summary>Whether there is an explorer page at <c>/</c>; null: where no keys are asked for, since the page has no
    /// way to give one.</summary>
    public bool? Explorer { get; init; }

    /// <summary>Pages of other origins that may call the API from a browser. Default none.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Histories of known users, so that a request can name a user instead; null: none.</summary>
    public InteractionMatrix? Users { get; init; }

    /// <summary>Whether the values of <see cref="Users"/> are ratings; if not, each item of a history is one that was
    /// liked. Default true.</summary>
    public bool UsersHaveRatings { get; init; } = true;

    /// <summary>Requests that are worked on at once; more are refused with 429. Default 512.</summary>
    public int MaximumConcurrency { get; init; } = 512;

    /// <summary>Requests that are scored together. Default 32.</summary>
    public int MaximumBatch { get; init; } = 32;

    /// <summary>Items of a history; longer ones are refused. Default 2,000.</summary>
    public int MaximumHistory { get; init; } = 2_000;

    /// <summary>Items that one request may ask for. Default 1,000.</summary>
    public int MaximumK { get; init; } = 1_000;

    /// <summary>Requests in one call of the batch endpoint. Default 256.</summary>
    public int MaximumRequests { get; init; } = 256;

    /// <summary>Bytes of a request's body. Default 1 MB.</summary>
    public long MaximumBodyBytes { get; init; } = 1 << 20;

    /// <summary>How long a request may take. Default 10 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server says that it is not ready before it stops listening, so that a load balancer can
    /// notice. Default 0.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>Whether only this machine can reach the address.</summary>
    internal bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    internal bool HasExplorer => Explorer ?? KeyDigests.Count == 0;

    /// <exception cref="ArgumentException">A value is not allowed, or keys are missing.</exception>
    internal void Check()
    {
        if (Files.Count == 0)
        {
            throw new ArgumentException("Found no model file, expected at least one.");
        }

        var names = Files.Select(Path.GetFileNameWithoutExtension).ToArray();
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
        {
            throw new ArgumentException($"Found the files {string.Join(", ", Files)}, two of which give a model the same name.");
        }

        if (!IsLoopback && KeyDigests.Count == 0)
        {
            throw new ArgumentException($"Found address {Host} and no keys: a server that others can reach asks for one. Give the SHA-256 digests of keys, or listen on 127.0.0.1.");
        }

        if (KeyDigests.FirstOrDefault(d => d.Length != 64 || !d.All(char.IsAsciiHexDigit)) is { } wrong)
        {
            throw new ArgumentException($"Found key digest '{wrong[..Math.Min(8, wrong.Length)]}…', expected the 64 hexadecimal digits of a SHA-256 digest. Make one: printf %s \"$KEY\" | sha256sum");
        }

        if (HasExplorer && KeyDigests.Count > 0 && !IsLoopback)
        {
            throw new ArgumentException("Found the explorer page beside keys on an address that others can reach: the page asks for no key. Leave it out, or listen on 127.0.0.1 behind a proxy that asks.");
        }

        foreach (var (name, value) in ((string, long)[])
            [("concurrency", MaximumConcurrency), ("batch", MaximumBatch), ("history", MaximumHistory), ("k", MaximumK), ("requests", MaximumRequests), ("body bytes", MaximumBodyBytes), ("timeout", Timeout.Ticks)])
        {
            if (value < 1)
            {
                throw new ArgumentException($"Found a limit of {value} for {name}, expected at least 1.");
            }
        }
    }
}
