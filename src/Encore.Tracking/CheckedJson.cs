using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Encore.Tracking;

/// <summary>
/// Reads JSON files by generated code, and makes up for what that code does not do: a member that is missing or null has the
/// default that its type gives it, where it has one, and is named by an error where not; so is a value of another kind, or one
/// that is out of range. Generated code alone would make 0 and null of all that is missing.
/// </summary>
/// <param name="blanks">An instance of each type whose members have other defaults than 0 and null.</param>
public sealed class CheckedJson(params IReadOnlyList<object> blanks)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON of the type; the message has the file, the member, what was
    /// found there and what was expected.</exception>
    public T Read<T>(string path, JsonTypeInfo<T> type)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(file, path, type);
    }

    /// <summary>Reads a stream; the name is for errors.</summary>
    public T Read<T>(Stream stream, string name, JsonTypeInfo<T> type)
    {
        try
        {
            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false });
            using var whole = new MemoryStream();
            using (var json = new Utf8JsonWriter(whole, new JsonWriterOptions { SkipValidation = true }))
            {
                Copy(document.RootElement, type, json, "");
            }

            return JsonSerializer.Deserialize(whole.GetBuffer().AsSpan(0, (int)whole.Length), type) ?? throw new FaultException("", "null", "an object");
        }
        catch (FaultException fault)
        {
            throw new InvalidDataException($"{name}: {(fault.Place.Length > 0 ? fault.Place + ": " : "")}found {fault.Found}, expected {fault.Expected}.", fault);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}: found no JSON, or JSON that is cut off or doubled: {error.Message.TrimEnd('.')}.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{name}: found text that is not UTF-8, expected JSON: {error.Message.TrimEnd('.')}.", error);
        }
    }

    // Writes an element anew, with what is missing filled in.
    private void Copy(JsonElement element, JsonTypeInfo type, Utf8JsonWriter json, string place)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CopyObject(Of(element, JsonValueKind.Object, "an object", place), type, json, place);
                break;
            case JsonTypeInfoKind.Dictionary:
                json.WriteStartObject();
                foreach (var member in Of(element, JsonValueKind.Object, "an object", place).EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    Copy(member.Value, type.Options.GetTypeInfo(type.ElementType!), json, Below(place, member.Name));
                }

                json.WriteEndObject();
                break;
            case JsonTypeInfoKind.Enumerable:
                json.WriteStartArray();
                int index = 0;
                foreach (var item in Of(element, JsonValueKind.Array, "a list", place).EnumerateArray())
                {
                    Copy(item, type.Options.GetTypeInfo(type.ElementType!), json, string.Create(CultureInfo.InvariantCulture, $"{place}[{index++}]"));
                }

                json.WriteEndArray();
                break;
            default:
                JsonLeaf.Check(element, Nullable.GetUnderlyingType(type.Type) ?? type.Type, place);
                element.WriteTo(json);
                break;
        }
    }

    private void CopyObject(JsonElement element, JsonTypeInfo type, Utf8JsonWriter json, string place)
    {
        var defaults = Defaults(type);
        json.WriteStartObject();
        foreach (var property in type.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null))
        {
            string below = Below(place, property.Name);
            if (element.TryGetProperty(property.Name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                json.WritePropertyName(property.Name);
                Copy(value, type.Options.GetTypeInfo(property.PropertyType), json, below);
            }
            else if (!IsRequired(property) && defaults?[property.Name] is { } known)
            {
                json.WritePropertyName(property.Name);
                known.WriteTo(json);
            }
            else if (IsRequired(property) && !IsNullable(property))
            {
                throw new FaultException(below, value.ValueKind == JsonValueKind.Null ? "null" : "nothing", JsonLeaf.Expected(type.Options.GetTypeInfo(property.PropertyType)));
            }
        }

        json.WriteEndObject();
    }

    private JsonObject? Defaults(JsonTypeInfo type) => blanks.FirstOrDefault(b => b.GetType() == type.Type) is { } blank
        ? (JsonObject)JsonSerializer.SerializeToNode(blank, type)!
        : null;

    // A parameter of a constructor without a default is as required as a member that says so; of a structure generated code
    // does not use the constructor.
    private static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.DeclaringType.IsValueType || property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };

    private static bool IsNullable(JsonPropertyInfo property) => property.PropertyType.IsValueType
        ? Nullable.GetUnderlyingType(property.PropertyType) is not null
        : property.AssociatedParameter?.IsNullable ?? property.IsSetNullable;

    private static JsonElement Of(JsonElement element, JsonValueKind kind, string expected, string place) =>
        element.ValueKind == kind ? element : throw new FaultException(place, JsonLeaf.Shown(element), expected);

    private static string Below(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";

    /// <summary>A place in a file that does not hold what it should.</summary>
    internal sealed class FaultException(string place, string found, string expected) : Exception($"{place}: found {found}, expected {expected}.")
    {
        public string Place => place;

        public string Found => found;

        public string Expected => expected;
    }
}
