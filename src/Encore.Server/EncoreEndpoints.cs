using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encore.Server.Endpoints;
using Encore.Server.Scheduling;

namespace Encore.Server;

/// <summary>Maps Encore's endpoints beside an application's own.</summary>
public static class EncoreEndpoints
{
    // The API's JSON is its own: an application's settings are for the application's endpoints.
    private static readonly ServerJson Json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict, // a number is a number
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // titles are read as they are; no answer is a page
    });

    /// <summary>Maps <c>/v1/recommend</c>, <c>/v1/recommend/batch</c>, <c>/v1/similar</c>, <c>/v1/predict</c>,
    /// <c>/v1/items</c>, <c>/v1/model</c> and <c>/v1/models</c>. They answer their own errors as problems (RFC 9457), and
    /// need no middleware.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path below which they lie, such as <c>/recommendations</c>. Default none.</param>
    /// <returns>All of them, to be given a policy: <c>MapEncore().RequireAuthorization()</c>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="EncoreServices.AddEncore(IServiceCollection, Action{EncoreOptions}?)"/>
    /// was not called.</exception>
    public static IEndpointConventionBuilder MapEncore(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        var api = Group(endpoints, prefix, nameof(MapEncore));
        RecommendEndpoints.Map(api);
        ItemEndpoints.Map(api);
        PredictEndpoints.Map(api);
        ModelEndpoints.Map(api);
        return api;
    }

    /// <summary>Maps <c>POST /v1/admin/reload</c>, which loads a model's file again, and <c>POST /v1/admin/items</c>, which adds
    /// items that nobody has met. They are mapped by themselves, to have a policy of their own. Requests that no user is known of are refused where a page of another origin makes them.</summary>
    /// <inheritdoc cref="MapEncore"/>
    public static IEndpointConventionBuilder MapEncoreAdmin(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        var api = Group(endpoints, prefix, nameof(MapEncoreAdmin));
        AdminEndpoints.Map(api);
        return api;
    }

    private static RouteGroupBuilder Group(IEndpointRouteBuilder endpoints, string prefix, string method)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(ApiPipeline)) == false)
        {
            throw new InvalidOperationException($"{method}() found no services of Encore, expected services.AddEncore() before the application is built.");
        }

        var api = endpoints.MapGroup(prefix.TrimEnd('/') + "/v1");
        api.WithMetadata(ApiEndpoint.Mark).ChecksQuery().AddEndpointFilter(async (context, next) =>
            await next(context).ConfigureAwait(false) is { } answer ? Results.Json(answer, Json.GetTypeInfo(answer.GetType())!) : null);
        ApiPipeline.AddTo(api);
        return api;
    }
}

/// <summary>Marks an endpoint of this library among an application's.</summary>
internal sealed class ApiEndpoint
{
    public static ApiEndpoint Mark { get; } = new();
}
