namespace Encore.Splitting;

/// <summary>The protocols by name. Encore's own are always there; others are added with <see cref="Register"/>.</summary>
public sealed class ProtocolCatalog
{
    private readonly List<(string Name, Func<ProtocolOptions, Protocol> Create)> _protocols;
    private readonly bool _isFixed;

    /// <summary>A catalogue of Encore's protocols, to which others can be added.</summary>
    public ProtocolCatalog()
        : this(isFixed: false)
    {
    }

    private ProtocolCatalog(bool isFixed)
    {
        _isFixed = isFixed;
        _protocols =
        [
            ("strong", options => new StrongProtocol(options)),
            ("weak", options => new WeakProtocol(options)),
            ("rating", options => new RatingProtocol(options)),
            ("temporal", options => new TemporalProtocol(options)),
            ("leave-last-out", options => new LeaveLastOutProtocol(options)),
            ("cold-items", options => new ColdItemsProtocol(options)),
            ("cold-users", options => new ColdUsersProtocol(options)),
            ("global-time", options => new GlobalTimeProtocol(options)),
        ];
    }

    /// <summary>Encore's own protocols; nothing can be added.</summary>
    public static ProtocolCatalog BuiltIn { get; } = new(isFixed: true);

    /// <summary>All names.</summary>
    public IReadOnlyList<string> Names => [.. _protocols.Select(p => p.Name)];

    /// <summary>Adds a protocol.</summary>
    /// <param name="name">Its name: lower-case letters, digits and hyphens.</param>
    /// <param name="create">Makes it with settings.</param>
    /// <exception cref="ArgumentException">The name is taken or not allowed, or the protocol is called otherwise.</exception>
    /// <exception cref="InvalidOperationException">The catalogue is <see cref="BuiltIn"/>.</exception>
    public void Register(string name, Func<ProtocolOptions, Protocol> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        if (_isFixed)
        {
            throw new InvalidOperationException("ProtocolCatalog.BuiltIn cannot be changed; make a catalogue of your own with new ProtocolCatalog().");
        }

        if (string.IsNullOrEmpty(name) || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"Protocol '{name}': expected a name of lower-case letters, digits and hyphens.", nameof(name));
        }

        if (Names.Contains(name))
        {
            throw new ArgumentException($"A protocol is named {name} already.", nameof(name));
        }

        if (create(new ProtocolOptions()).Name is var own && own != name)
        {
            throw new ArgumentException($"Protocol {name}: what is made is called '{own}', expected the same name.", nameof(create));
        }

        _protocols.Add((name, create));
    }

    /// <summary>The protocol of a name.</summary>
    /// <exception cref="ArgumentException">No protocol has that name.</exception>
    public Protocol Create(string name, ProtocolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _protocols.Find(p => p.Name == name) is { Create: { } create }
            ? create(options ?? new ProtocolOptions())
            : throw new ArgumentException(
                $"Found protocol '{name}', expected one of {string.Join(", ", Names)}.{Suggestion.DidYouMean(name, Names)}");
    }
}
