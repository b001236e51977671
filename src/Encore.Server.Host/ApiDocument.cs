using Encore.Server.OpenApi;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Encore.Server.Host;

/// <summary>What the OpenAPI document says beside what the endpoints' types do.</summary>
internal static class ApiDocument
{
    private const string Bearer = "bearer", ApiKey = "apiKey";

    public static void Describe(OpenApiOptions openApi, ServerOptions options)
    {
        openApi.AddEncore();
        openApi.AddOperationTransformer((operation, context, _) => Done(() =>
        {
            if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) != true)
            {
                operation.Security = []; // health is asked for without keys
            }
        }));
        openApi.AddDocumentTransformer((document, _, _) => Done(() => Describe(document, options)));
    }

    private static void Describe(OpenApiDocument document, ServerOptions options)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Encore",
            Version = "v1",
            Description = "Recommendations from a trained model. Errors are problem details (RFC 9457).",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = Root(document) }];
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
        {
            tag.Description = tag.Name switch
            {
                "Recommendations" => "Items for a history or a known user.",
                "Items" => "The items that a model knows.",
                "Ratings" => "Predictions of ratings.",
                "Models" => "What is served.",
                _ => "For load balancers and orchestrators.",
            };
        }

        Secure(document, options);
    }

    // Wherever the document was fetched from: the address is not said, the path below which the API lies is.
    private static string Root(OpenApiDocument document) =>
        document.Servers is [{ Url: { } url }, ..] && Uri.TryCreate(url, UriKind.Absolute, out var address)
            && address.AbsolutePath.TrimEnd('/') is { Length: > 0 } path ? path : "/";

    private static void Secure(OpenApiDocument document, ServerOptions options)
    {
        document.AddComponent(Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "Authorization: Bearer KEY" });
        document.AddComponent(ApiKey, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key", Description = "X-API-Key: KEY" });
        OpenApiSecurityRequirement Needs(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
        document.Security = options.KeyDigests.Count > 0 ? [Needs(Bearer), Needs(ApiKey)] : [[], Needs(Bearer), Needs(ApiKey)]; // the first: nothing
    }

    private static Task Done(Action describe)
    {
        describe();
        return Task.CompletedTask;
    }
}
