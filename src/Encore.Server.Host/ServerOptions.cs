namespace Encore.Server.Host;

/// <summary>What a server is told.</summary>
public sealed record ServerOptions : HostingOptions
{
    /// <summary>The defaults: port 8080 of this machine.</summary>
    public ServerOptions() => Port = 8080;

    /// <summary>What is served, and within which limits.</summary>
    public required EncoreOptions Serving { get; init; }

    /// <summary>SHA-256 digests of the keys of which requests must carry one, in hexadecimal digits. Required where
    /// <see cref="HostingOptions.Host"/> is no loopback address. Default none: no key is asked for.</summary>
    public IReadOnlyList<string> KeyDigests { get; init; } = [];

    /// <summary>Whether there is an explorer page at <c>/</c>; null: where no keys are asked for, since the page has no
    /// way to give one.</summary>
    public bool? Explorer { get; init; }

    /// <summary>Origins whose pages may call the API from a browser, such as <c>https://shop.example</c>; <c>*</c>: all.
    /// Without a key, none of them may call <c>/v1/admin</c>. Default none.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>How long the server says that it is not ready before it stops listening, so that a load balancer can
    /// notice. Default 0.</summary>
    public TimeSpan Drain { get; init; }

    internal bool HasExplorer => Explorer ?? KeyDigests.Count == 0;

    /// <exception cref="ArgumentException">A value is not allowed, or keys are missing.</exception>
    internal void Check(ListenAddresses listen)
    {
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
