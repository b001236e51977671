namespace Encore.Splitting;

/// <summary>The protocols by name.</summary>
public static class Protocols
{
    private static readonly Dictionary<string, Func<ProtocolOptions, Protocol>> Known = new(StringComparer.Ordinal)
    {
        ["strong"] = options => new StrongProtocol(options),
        ["weak"] = options => new WeakProtocol(options),
        ["rating"] = options => new RatingProtocol(options),
        ["temporal"] = options => new TemporalProtocol(options),
        ["leave-last-out"] = options => new LeaveLastOutProtocol(options),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>The protocol of a name.</summary>
    /// <exception cref="ArgumentException">No protocol has that name.</exception>
    public static Protocol Create(string name, ProtocolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Known.TryGetValue(name, out var create)
            ? create(options ?? new ProtocolOptions())
            : throw new ArgumentException(
                $"Found protocol '{name}', expected one of {string.Join(", ", Names)}.{Suggestion.DidYouMean(name, Names)}");
    }
}
