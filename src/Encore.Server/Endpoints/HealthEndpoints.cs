namespace Encore.Server.Endpoints;

/// <summary><c>GET /healthz</c>: the process lives. <c>GET /readyz</c>: it wants requests.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => "ok").WithSummary("Whether the process lives").WithTags("Health").DisableHttpMetrics();
        app.MapGet("/readyz", (Readiness readiness) => readiness.IsReady ? "ready" : throw new ProblemException(503, "The server is stopping."))
            .WithSummary("Whether the server wants requests").WithTags("Health").Problems(503).DisableHttpMetrics();
    }
}
