namespace Encore.Data;

/// <summary>A public data set that can be asked for by name.</summary>
public sealed record Dataset
{
    /// <summary>The name, such as <c>ml-1m</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The publisher's address of the archive.</summary>
    public required Uri Address { get; init; }

    /// <summary>Size of the archive in bytes; null where the publisher replaces it now and then.</summary>
    public long? Size { get; init; }

    /// <summary>The MD5 checksum that the publisher gives, in lower-case hexadecimal digits; null without one.</summary>
    public string? Md5 { get; init; }

    /// <summary>The file with the interactions, by its name in the archive.</summary>
    public required string File { get; init; }

    /// <summary>Under which conditions it may be used.</summary>
    public required string Licence { get; init; }

    /// <summary>What its publisher asks to cite.</summary>
    public required string Citation { get; init; }
}
