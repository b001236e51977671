using System.Collections;
using System.Text.Json;
using Microsoft.OpenApi;

namespace Encore.Server.Bodies;

/// <summary>
/// The members that an object of a body may have, and where each goes. An object begins as its type does, with all
/// defaults; what is given is set, and null of an optional member means "not given". A member that is unknown, or given
/// twice, is an error: it would be passed over in silence otherwise. Names may be written in any case.
/// </summary>
internal sealed class Members<T> : IEnumerable<string>
    where T : class, new()
{
    private readonly Dictionary<string, Member> _members = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds an optional member.</summary>
    public void Add<TValue>(string name, Shape<TValue> shape, Action<T, TValue> set) => Add(name, shape, set, null);

    /// <summary>Adds a member that must be given.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">What it must be.</param>
    /// <param name="set">Puts it into the object.</param>
    /// <param name="expected">What is expected where it is missing.</param>
    public void Add<TValue>(string name, Shape<TValue> shape, Action<T, TValue> set, string? expected) =>
        _members.Add(name, new Member(name, expected, (target, value) => set(target, shape.Read(value)), shape.Describe));

    public IEnumerator<string> GetEnumerator() => _members.Values.Select(m => m.Name).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <exception cref="ProblemException">400: the value is no such object.</exception>
    public T Read(BodyValue value)
    {
        if (value.Json.ValueKind != JsonValueKind.Object)
        {
            throw value.Expected($"an object with members of {string.Join(", ", this)}");
        }

        var target = new T();
        var given = new HashSet<string>();
        foreach (var property in value.Json.EnumerateObject())
        {
            var member = Find(value, property);
            var one = value.Member(member.Name, property.Value);
            if (!given.Add(member.Name))
            {
                throw one.Wrong("found twice, expected once.");
            }

            if (property.Value.ValueKind != JsonValueKind.Null)
            {
                member.Set(target, one);
            }
            else if (member.Expected is { } expected)
            {
                throw one.Expected(expected);
            }
        }

        return _members.Values.FirstOrDefault(m => m.Expected is not null && !given.Contains(m.Name)) is { } missing
            ? throw value.Member(missing.Name, default).Wrong($"missing, expected {missing.Expected}.")
            : target;
    }

    public void Describe(OpenApiSchema schema, EncoreOptions limits)
    {
        schema.Type = JsonSchemaType.Object;
        schema.AdditionalPropertiesAllowed = false;
        schema.Required = _members.Values.Where(m => m.Expected is not null).Select(m => m.Name).ToHashSet();
        foreach (var (name, property) in schema.Properties!)
        {
            var (member, of) = (_members[name], (OpenApiSchema)property);
            member.Describe(of, limits);
            of.Type |= member.Expected is null ? JsonSchemaType.Null : 0;
        }
    }

    private Member Find(BodyValue value, JsonProperty property)
    {
        string name;
        try
        {
            name = property.Name;
        }
        catch (InvalidOperationException)
        {
            throw value.Wrong("found a member whose name has half of a surrogate pair.");
        }

        // A long name is no slip of the finger, and comparing it would take long.
        return _members.GetValueOrDefault(name) ?? throw value.Member(name, property.Value).Wrong(
            $"unknown member.{(name.Length <= 60 ? Suggestion.DidYouMean(name, this) : "")} The members: {string.Join(", ", this)}.");
    }

    private sealed record Member(string Name, string? Expected, Action<T, BodyValue> Set, Action<OpenApiSchema, EncoreOptions> Describe);
}
