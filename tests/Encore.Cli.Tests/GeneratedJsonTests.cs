using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Encore.Cli.Tests;

/// <summary>
/// Generated JSON code drops the initialisers of init-only members: what a file or a body leaves out is then 0 or null
/// instead of its default. Every type that generated code can read, in every assembly of the repository, is read from a text
/// that has only what is required, and compared with a new one.
/// </summary>
public sealed class GeneratedJsonTests
{
    // Contexts that read through a reader of their own, which fills in defaults, are tested with it.
    private static readonly JsonSerializerContext[] Contexts = [.. Assemblies(Assembly.GetExecutingAssembly(), [])
        .SelectMany(a => a.GetTypes()).Where(t => t.IsSubclassOf(typeof(JsonSerializerContext)) && t.GetProperty("Files") is null)
        .Select(t => (JsonSerializerContext)t.GetProperty("Default")!.GetValue(null)!)];

    public static TheoryData<string, string> Types => [.. Contexts.SelectMany(c => Reachable(c).Select(t => new TheoryDataRow<string, string>(c.GetType().Name, t.FullName!)))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_OnlyWhatIsRequired_IsAsANewOne(string context, string type)
    {
        var of = Contexts.Single(c => c.GetType().Name == context);
        var info = of.GetTypeInfo(Reachable(of).Single(t => t.FullName == type))!;
        var text = Minimal(of, info);
        object read = JsonSerializer.Deserialize(text, info)!;
        object? fresh = info.Type.GetConstructor(BindingFlags.Instance | BindingFlags.Public, []) is { } constructor ? constructor.Invoke(null) : null;
        foreach (var member in info.Properties.Where(p => !p.IsRequired && p.Get is not null))
        {
            object? found = member.Get!(read);
            object? expected = fresh is not null ? member.Get!(fresh) : member.AssociatedParameter is { HasDefaultValue: true } parameter ? parameter.DefaultValue : null;
            Written(of, member, found).ShouldBe(Written(of, member, expected), $"{type}.{member.Name}, read from {text}");
            (found is not null || member.IsGetNullable).ShouldBeTrue($"{type}.{member.Name} is null, read from {text}");
        }
    }

    [Fact]
    public void Contexts_OfTheRepository_AreFound() =>
        new[] { "ServerJson", "ModelJson", "TrainingJson" }.ShouldBeSubsetOf(Contexts.Select(c => c.GetType().Name));

    private static HashSet<Assembly> Assemblies(Assembly from, HashSet<Assembly> found)
    {
        foreach (var name in from.GetReferencedAssemblies().Where(a => a.Name!.StartsWith("Encore", StringComparison.Ordinal)))
        {
            if (Assembly.Load(name) is var assembly && found.Add(assembly))
            {
                Assemblies(assembly, found);
            }
        }

        return found;
    }

    private static string Written(JsonSerializerContext context, JsonPropertyInfo member, object? value) =>
        value is null ? "null" : JsonSerializer.Serialize(value, context.GetTypeInfo(member.PropertyType)!);

    private static IEnumerable<Type> Reachable(JsonSerializerContext context)
    {
        var seen = new HashSet<Type>();
        var waiting = new Queue<Type?>(context.GetType().GetCustomAttributesData().Where(a => a.AttributeType == typeof(JsonSerializableAttribute))
            .Select(a => (Type?)a.ConstructorArguments[0].Value));
        while (waiting.TryDequeue(out var type))
        {
            if (type is null || !seen.Add(type) || context.GetTypeInfo(type) is not { } info)
            {
                continue;
            }

            waiting.Enqueue(info.ElementType);
            foreach (var member in info.Kind == JsonTypeInfoKind.Object ? info.Properties : [])
            {
                waiting.Enqueue(member.PropertyType);
            }

            if (info.Kind == JsonTypeInfoKind.Object && type.Namespace!.StartsWith("Encore", StringComparison.Ordinal))
            {
                yield return type;
            }
        }
    }

    private static JsonNode Minimal(JsonSerializerContext context, JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => new JsonObject(info.Properties.Where(p => p.IsRequired)
                .Select(p => KeyValuePair.Create<string, JsonNode?>(p.Name, Minimal(context, context.GetTypeInfo(p.PropertyType)!)))),
            JsonTypeInfoKind.Dictionary => new JsonObject(),
            JsonTypeInfoKind.Enumerable => new JsonArray(),
            _ when type == typeof(string) => "x",
            _ when type == typeof(bool) => true,
            _ when type.IsEnum => JsonNode.Parse(JsonSerializer.Serialize(Enum.GetValues(type).GetValue(0), info))!,
            _ when type == typeof(DateTimeOffset) => "2024-01-01T00:00:00Z",
            _ => 1,
        };
    }
}
