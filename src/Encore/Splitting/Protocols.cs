namespace Encore.Splitting;

/// <summary>Encore's own protocols by name, in short.</summary>
public static class Protocols
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => ProtocolCatalog.BuiltIn.Names;

    /// <summary>The protocol of a name.</summary>
    /// <exception cref="ArgumentException">No protocol has that name.</exception>
    public static Protocol Create(string name, ProtocolOptions? options = null) => ProtocolCatalog.BuiltIn.Create(name, options);
}
