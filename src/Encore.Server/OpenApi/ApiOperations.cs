using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.OpenApi;

namespace Encore.Server.OpenApi;

/// <summary>The parameters, examples and headers of operations.</summary>
internal static class ApiOperations
{
    private static readonly Dictionary<string, string> Examples = new()
    {
        ["recommend"] = """{"history": ["260", {"item": "1196", "value": 5}], "k": 5, "where": ["genres=Comedy"], "explain": true}""",
        ["recommendBatch"] = """{"requests": [{"history": ["260"]}, {"user": "17", "k": 3}]}""",
        ["addItems"] = """{"items": [{"item": "9001", "title": "A New One (2026)", "attributes": {"genres": ["Comedy"], "year": 2026}}]}""",
        ["predict"] = """{"history": [{"item": "260", "value": 5}], "items": ["1196", "1210"]}""",
    };

    public static void Describe(OpenApiOperation operation, ApiDescription endpoint, EncoreOptions options)
    {
        string id = endpoint.ActionDescriptor.EndpointMetadata.OfType<ApiOperation>().Single().Id;
        operation.OperationId ??= id; // an application may have named it
        foreach (var given in endpoint.ParameterDescriptions)
        {
            var attributes = (given.ParameterDescriptor as IParameterInfoParameterDescriptor)?.ParameterInfo.GetCustomAttributes(false) ?? [];
            if (operation.Parameters?.OfType<OpenApiParameter>().FirstOrDefault(p => p.Name == given.Name) is { Schema: OpenApiSchema schema } parameter)
            {
                Describe(parameter, schema, attributes, options);
            }
        }

        if (operation.RequestBody?.Content?.TryGetValue("application/json", out var content) == true)
        {
            content.Example = JsonNode.Parse(Examples[id]);
        }

        Header(operation, "401", "WWW-Authenticate", "The way to give a key: Bearer.", JsonSchemaType.String);
        Header(operation, "429", "Retry-After", "Seconds to wait.", JsonSchemaType.Integer);
    }

    private static void Describe(OpenApiParameter parameter, OpenApiSchema schema, object[] attributes, EncoreOptions options)
    {
        parameter.Required = attributes.OfType<RequiredAttribute>().Any();
        schema.Type &= ~JsonSchemaType.Null;
        if (attributes.OfType<CountAttribute>().FirstOrDefault() is { } count)
        {
            (schema.Type, schema.Format) = (JsonSchemaType.Integer, "int32");
            (schema.Minimum, schema.Maximum) = ("1", options.MaximumK.ToString(CultureInfo.InvariantCulture));
            schema.Default = Math.Min(count.Otherwise, options.MaximumK);
        }
    }

    private static void Header(OpenApiOperation operation, string status, string name, string description, JsonSchemaType type)
    {
        if (operation.Responses?.TryGetValue(status, out var response) == true && response is OpenApiResponse of)
        {
            of.Headers = new Dictionary<string, IOpenApiHeader> { [name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = type } } };
        }
    }
}
