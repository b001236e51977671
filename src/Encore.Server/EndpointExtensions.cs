namespace Encore.Server;

internal static class EndpointExtensions
{
    /// <summary>Tells the OpenAPI document which problems an endpoint answers with.</summary>
    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (int status in statuses)
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint;
    }
}
