using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace Encore.Server.OpenApi;

/// <summary>The schemas of bodies and answers.</summary>
internal static class ApiSchemas
{
    private static readonly Dictionary<Type, Action<OpenApiSchema, EncoreOptions>> Bodies = new()
    {
        [typeof(RecommendBody)] = RecommendBody.Members.Describe,
        [typeof(BatchBody)] = BatchBody.Members.Describe,
        [typeof(PredictBody)] = PredictBody.Members.Describe,
        [typeof(NewItemsBody)] = NewItemsBody.Members.Describe,
        [typeof(NewItemBody)] = NewItemBody.Members.Describe,
        [typeof(HistoryEntry)] = HistoryEntry.Describe,
    };

    public static void Describe(OpenApiSchema schema, JsonTypeInfo type, EncoreOptions options)
    {
        if (Bodies.TryGetValue(type.Type, out var describe))
        {
            describe(schema, options);
        }
        else if (type.Kind == JsonTypeInfoKind.Object && schema.Properties is not null && (type.Type.Assembly == typeof(ApiSchemas).Assembly || type.Type == typeof(ProblemDetails)))
        {
            DescribeAnswer(schema, type);
        }
    }

    // What is null is left out of an answer, so a member is there with a value, or not there.
    private static void DescribeAnswer(OpenApiSchema schema, JsonTypeInfo type)
    {
        schema.Type = JsonSchemaType.Object;
        schema.Required = new HashSet<string>();
        foreach (var member in type.Properties)
        {
            if (!member.IsGetNullable && Nullable.GetUnderlyingType(member.PropertyType) is null)
            {
                schema.Required.Add(member.Name);
            }
            else if (schema.Properties!.TryGetValue(member.Name, out var property) && property is OpenApiSchema { Type: { } kinds } of)
            {
                of.Type = kinds & ~JsonSchemaType.Null;
            }
        }

        if (type.Type == typeof(ProblemDetails))
        {
            schema.Required = new HashSet<string> { "title", "status" };
            schema.Properties!["path"] = Text("The member or parameter that is wrong, such as requests[3].history[0].");
            schema.Properties["traceId"] = Text("What the server's logs call the request.");
        }
    }

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
