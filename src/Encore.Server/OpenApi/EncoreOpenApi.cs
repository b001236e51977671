using Microsoft.AspNetCore.OpenApi;

namespace Encore.Server.OpenApi;

/// <summary>Describes Encore's endpoints in an application's OpenAPI document.</summary>
public static class EncoreOpenApi
{
    /// <summary>Adds the schemas of bodies and answers, the limits of this application, and examples:
    /// <c>services.AddOpenApi(openApi => openApi.AddEncore())</c>. Of the application's own, only the schema of problems
    /// (RFC 9457) is changed: it gets the member <c>path</c>.</summary>
    /// <param name="openApi">The document's options.</param>
    /// <returns>The same options.</returns>
    public static OpenApiOptions AddEncore(this OpenApiOptions openApi)
    {
        ArgumentNullException.ThrowIfNull(openApi);
        openApi.AddSchemaTransformer((schema, context, _) =>
        {
            ApiSchemas.Describe(schema, context.JsonTypeInfo, context.ApplicationServices.GetRequiredService<EncoreOptions>());
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.Contains(ApiEndpoint.Mark))
            {
                ApiOperations.Describe(operation, context.Description, context.ApplicationServices.GetRequiredService<EncoreOptions>());
            }

            return Task.CompletedTask;
        });
        return openApi;
    }
}
