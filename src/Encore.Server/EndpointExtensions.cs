namespace Encore.Server;

/// <summary>What the OpenAPI document calls an endpoint. It is no name of routing: those are the application's, and two
/// alike make every request fail.</summary>
/// <param name="Id">The operation's id.</param>
internal sealed record ApiOperation(string Id);

internal static class EndpointExtensions
{
    /// <summary>Tells the OpenAPI document what an endpoint is called.</summary>
    public static RouteHandlerBuilder WithOperation(this RouteHandlerBuilder endpoint, string id) => endpoint.WithMetadata(new ApiOperation(id));

    /// <summary>Tells the OpenAPI document which problems an endpoint answers with.</summary>
    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (int status in statuses)
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint;
    }

    /// <summary>Refuses parameters of a query that an endpoint does not take, and those given twice: they would be passed
    /// over in silence otherwise.</summary>
    public static T ChecksQuery<T>(this T endpoints)
        where T : IEndpointConventionBuilder => endpoints.AddEndpointFilterFactory((endpoint, next) =>
        {
            var taken = endpoint.MethodInfo.GetParameters().Where(p => p.ParameterType == typeof(string) || p.ParameterType == typeof(string[]))
                .ToDictionary(p => p.Name!, p => p.ParameterType == typeof(string[]), StringComparer.OrdinalIgnoreCase);
            return context =>
            {
                Check(context.HttpContext.Request.Query, taken);
                return next(context);
            };
        });

    private static void Check(IQueryCollection query, Dictionary<string, bool> taken)
    {
        foreach (var (name, values) in query)
        {
            if (!taken.TryGetValue(name, out bool isList))
            {
                throw new ProblemException(400, taken.Count == 0
                    ? "unknown parameter; this endpoint takes what it is asked in the body."
                    : $"unknown parameter.{(name.Length <= 60 ? Suggestion.DidYouMean(name, taken.Keys) : "")} The parameters: {string.Join(", ", taken.Keys)}.", ProblemException.Excerpt(name));
            }

            if (!isList && values.Count > 1)
            {
                throw new ProblemException(400, $"found {values.Count} times, expected once.", name);
            }
        }
    }
}
