namespace Encore.Server.Host;

/// <summary><c>GET /healthz</c>: the process lives. <c>GET /readyz</c>: it wants requests.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => "ok").WithSummary("Whether the process lives").WithDescription("Asks for no key.").WithTags("Health").WithName("isAlive").DisableHttpMetrics();
        app.MapGet("/readyz", (Readiness readiness) => readiness.IsReady ? "ready" : throw new ProblemException(503, "The server is stopping."))
            .WithSummary("Whether the server wants requests").WithDescription("Asks for no key. 503: the server is stopping.").WithTags("Health").WithName("isReady").ProducesProblem(503).DisableHttpMetrics();
    }
}
