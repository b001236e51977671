using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Encore.Evaluation;
using Encore.Experiments;

namespace Encore.Tracking.Tests;

/// <summary>Every type that is read by generated code: what is missing has its default, and what is wrong is named.</summary>
public sealed class CheckedJsonTests
{
    /// <summary>The types that are read, with those inside them.</summary>
    public static TheoryData<Type> Types()
    {
        var found = new HashSet<Type>();
        foreach (var type in (Type[])[typeof(Run), typeof(ModelRunResult)])
        {
            Collect(RunJson.Default.GetTypeInfo(type)!, found);
        }

        return [.. found];
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_WithoutAMember_GivesItsDefault_OrNamesIt(Type type)
    {
        var info = RunJson.Default.GetTypeInfo(type)!;
        var whole = Sample(info);
        object? blank = type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(type);
        foreach (var property in info.Properties.Where(p => whole.ContainsKey(p.Name)))
        {
            foreach (bool isNull in (bool[])[false, true])
            {
                var cut = whole.DeepClone().AsObject();
                cut.Remove(property.Name);
                if (isNull)
                {
                    cut[property.Name] = null;
                }

                string what = $"{type.Name}.{property.Name}, {(isNull ? "null" : "missing")}";
                var member = type.GetProperty(property.Name, BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance)!;
                bool isRequired = member.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null
                    || (blank is null && type.GetConstructors()[0].GetParameters().Any(p => member.Name.Equals(p.Name, StringComparison.OrdinalIgnoreCase) && !p.HasDefaultValue));
                bool isNullable = Nullable.GetUnderlyingType(member.PropertyType) is not null
                    || (!member.PropertyType.IsValueType && new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable);
                if (isRequired && !isNullable)
                {
                    Should.Throw<InvalidDataException>(() => Read(cut, info), what).Message.ShouldContain($"{property.Name}: found {(isNull ? "null" : "nothing")}, expected ", customMessage: what);
                }
                else if (blank is not null)
                {
                    Text(member.GetValue(Read(cut, info))).ShouldBe(Text(member.GetValue(blank)), what);
                }
                else
                {
                    Read(cut, info).ShouldNotBeNull(what);
                }
            }
        }
    }

    [Fact]
    public void Types_OfARunAndOfResults_AreAmongThem() => ((Type[])[typeof(Run), typeof(RunDescription), typeof(RunData), typeof(Machine), typeof(ModelRunResult), typeof(EvaluationReport),
        typeof(EpochReport)]).ShouldBeSubsetOf(Types().Select(t => t.Data));

    [Theory]
    [InlineData("{\"a\": 1", "JSON that is cut off")]
    [InlineData("", "JSON that is cut off")]
    [InlineData("[1]", "found a list, expected an object.")]
    [InlineData("null", "found null, expected an object.")]
    [InlineData("{\"id\": \"a\", \"id\": \"b\"}", "cut off or doubled")]
    [InlineData("{\"id\": 7}", "id: found 7, expected a text.")]
    [InlineData("{\"id\": {}}", "id: found an object, expected a text.")]
    public void Read_OfWhatIsNoRun_SaysWhatWasFound(string text, string expected) =>
        Should.Throw<InvalidDataException>(() => RunJson.Files.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "x/run.json", RunJson.Default.Run))
            .Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith("x/run.json: "), m => m.ShouldContain(expected));

    private static object Read(JsonObject json, JsonTypeInfo type) => typeof(CheckedJsonTests).GetMethod(nameof(ReadAs), BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(type.Type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [json, type], null)!;

    private static T ReadAs<T>(JsonObject json, JsonTypeInfo<T> type) => RunJson.Files.Read(new MemoryStream(Encoding.UTF8.GetBytes(json.ToJsonString())), "file", type);

    private static string Text(object? value) => value is IEnumerable items and not string ? string.Join(',', items.Cast<object>()) : value?.ToString() ?? "null";

    private static void Collect(JsonTypeInfo type, HashSet<Type> found)
    {
        if (type.ElementType is { } element)
        {
            Collect(type.Options.GetTypeInfo(element), found);
        }

        if (type.Kind == JsonTypeInfoKind.Object && found.Add(type.Type))
        {
            foreach (var property in type.Properties)
            {
                Collect(type.Options.GetTypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType), found);
            }
        }
    }

    // An object of a type with something in every member that is read.
    private static JsonObject Sample(JsonTypeInfo type)
    {
        var json = new JsonObject();
        foreach (var property in type.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null))
        {
            json[property.Name] = Value(type.Options.GetTypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
        }

        return json;
    }

    private static JsonNode Value(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object => Sample(type),
        JsonTypeInfoKind.Dictionary => new JsonObject { ["key"] = Value(type.Options.GetTypeInfo(type.ElementType!)) },
        JsonTypeInfoKind.Enumerable => new JsonArray(Value(type.Options.GetTypeInfo(type.ElementType!))),
        _ when type.Type == typeof(JsonElement) => new JsonObject { ["kind"] = "compare" },
        _ when type.Type == typeof(string) => "text",
        _ when type.Type == typeof(bool) => true,
        _ when type.Type == typeof(DateTimeOffset) => "2026-01-31T12:00:00+00:00",
        _ when type.Type.IsEnum => type.Type.GetEnumNames()[^1],
        _ => 3,
    };
}
