using Encore.Recommending;

namespace Encore.Server;

/// <summary>What a server is told.</summary>
public sealed record ServerOptions : HostingOptions
{
    /// <summary>The defaults: port 8080 of this machine.</summary>
    public ServerOptions() => Port = 8080;

    /// <summary>The model files, the first of which answers requests that name none. A model's name is its file's, without
    /// the ending.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>SHA-256 digests of the keys of which requests must carry one, in hexadecimal digits. Required where
    /// <see cref="HostingOptions.Host"/> is no loopback address. Default none: no key is asked for.</summary>
    public IReadOnlyList<string> KeyDigests { get; init; } = [];

    /// <summary>Whether a model file that changes is loaded without being asked to. Default true.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>Whether large matrices stay in the file. Loading then takes no time and no memory of its own, but a file
    /// that is truncated or overwritten in place ends the process (SIGBUS): replace it by renaming. Default
    /// false.</summary>
    public bool Map { get; init; }

    /// <summary>Whether there is an explorer page at <c>/</c>; null: where no keys are asked for, since the page has no
    /// way to give one.</summary>
    public bool? Explorer { get; init; }

    /// <summary>Origins whose pages may call the API from a browser, such as <c>https://shop.example</c>; <c>*</c>: all.
    /// Without a key, none of them may call <c>/v1/admin</c>. Default none.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Histories of known users, so that a request can name a user instead; null: none.</summary>
    public InteractionMatrix? Users { get; init; }

    /// <summary>Whether the values of <see cref="Users"/> are ratings; if not, each item of a history is one that was
    /// liked. Default true.</summary>
    public bool UsersHaveRatings { get; init; } = true;

    /// <summary>Requests that are worked on at once; more are refused with 429. One client holds at most four times what is
    /// free, so that others always find room. Default 512.</summary>
    public int MaximumConcurrency { get; init; } = 512;

    /// <summary>Requests that are scored together. Default 32.</summary>
    public int MaximumBatch { get; init; } = 32;

    /// <summary>Items of a history; longer ones are refused. Default 2,000.</summary>
    public int MaximumHistory { get; init; } = 2_000;

    /// <summary>Items that one request may ask for. Default 1,000.</summary>
    public int MaximumK { get; init; } = 1_000;

    /// <summary>Requests in one call of the batch endpoint. Default 256.</summary>
    public int MaximumRequests { get; init; } = 256;

    /// <summary>The cost of a request (<see cref="RequestCost"/>, about microseconds of a core), known before it is scored;
    /// dearer ones are refused. Default 500,000.</summary>
    public int MaximumCost { get; init; } = 500_000;

    /// <summary>The cost of all requests in one call of the batch endpoint. Default 2,000,000.</summary>
    public int MaximumBatchCost { get; init; } = 2_000_000;

    /// <summary>Contributions in the explanation of an item; the answer counts the others. Default 20.</summary>
    public int MaximumContributions { get; init; } = 20;

    /// <summary>Items of a history, the latest ones, that are explained where each has to be left out in turn, as for
    /// networks; the answer counts the others. Default 100.</summary>
    public int MaximumExplained { get; init; } = 100;

    /// <summary>Bytes of a request's body. Default 1 MB.</summary>
    public long MaximumBodyBytes { get; init; } = 1 << 20;

    /// <summary>How long a request may take. Default 10 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server says that it is not ready before it stops listening, so that a load balancer can
    /// notice. Default 0.</summary>
    public TimeSpan Drain { get; init; }

    internal bool HasExplorer => Explorer ?? KeyDigests.Count == 0;

    /// <exception cref="ArgumentException">A value is not allowed, or keys are missing.</exception>
    internal void Check(ListenAddresses listen)
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

        if (!listen.IsLoopback && KeyDigests.Count == 0)
        {
            throw new ArgumentException($"Found address {Host} and no keys: a server that others can reach asks for one. Give the SHA-256 digests of keys, or listen on 127.0.0.1.");
        }

        if (KeyDigests.FirstOrDefault(d => !KeyDigestList.IsDigest(d)) is { } wrong)
        {
            throw new ArgumentException(KeyDigestList.Wrong(wrong));
        }

        CheckOrigins();

        if (HasExplorer && KeyDigests.Count > 0 && !listen.IsLoopback)
        {
            throw new ArgumentException("Found the explorer page beside keys on an address that others can reach: the page asks for no key. Leave it out, or listen on 127.0.0.1 behind a proxy that asks.");
        }

        foreach (var (name, value) in ((string, long)[])
            [("concurrency", MaximumConcurrency), ("batch", MaximumBatch), ("history", MaximumHistory), ("k", MaximumK), ("requests", MaximumRequests), ("cost", MaximumCost), ("batch cost", MaximumBatchCost), ("contributions", MaximumContributions), ("explained items", MaximumExplained), ("body bytes", MaximumBodyBytes), ("timeout", Timeout.Ticks)])
        {
            if (value < 1)
            {
                throw new ArgumentException($"Found a limit of {value} for {name}, expected at least 1.");
            }
        }
    }

    // What browsers send as Origin has neither a path nor a slash at its end, and would never match one that has.
    private void CheckOrigins()
    {
        foreach (string origin in CorsOrigins.Where(o => o != "*"))
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin || uri.Scheme is not ("http" or "https"))
            {
                throw new ArgumentException($"Found CORS origin '{origin}'; expected scheme, host and port only, in lower case and without a slash at the end, such as https://shop.example, or * for all.");
            }
        }
    }
}
