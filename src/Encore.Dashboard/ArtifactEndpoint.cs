using Encore.Tracking;
using Microsoft.AspNetCore.StaticFiles;

namespace Encore.Dashboard;

/// <summary>Files that a run keeps, at <c>/run/ID/artifacts/NAME</c>. Whatever is in them acts for nobody: pages are
/// shown without scripts and without a way to this server or another, and what is no page or picture is only saved.</summary>
internal static class ArtifactEndpoint
{
    private const string Policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'";

    private static readonly FileExtensionContentTypeProvider Types = new();

    public static void Map(WebApplication app) => app.MapGet("/run/{id}/artifacts/{**name}", (string id, string? name, RunStore store, HttpContext context) =>
    {
        if (Find(store, id, name ?? "") is not { } file)
        {
            return Results.Text("There is no such file.", statusCode: StatusCodes.Status404NotFound);
        }

        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-cache";
        string? type = TypeOf(file.Name);
        return Results.File(file.FullName, type ?? "application/octet-stream", type is null ? file.Name : null, file.LastWriteTimeUtc, enableRangeProcessing: true);
    });

    /// <summary>The files of a run by name, folders among them looked into; none behind a link.</summary>
    public static IReadOnlyList<(string Name, long Length)> List(RunStore store, string id) => [.. store.ArtifactFiles(id).Where(f => f.Extension != ".tmp")
        .Select(f => (NameOf(store, id, f), f.Length)).OrderBy(f => f.Item1, StringComparer.Ordinal)];

    /// <summary>A file by the name that <see cref="List"/> has; null: there is none, so that no name leads out of the
    /// run's folder.</summary>
    public static FileInfo? Find(RunStore store, string id, string name) => store.ArtifactFiles(id).FirstOrDefault(f => f.Extension != ".tmp" && NameOf(store, id, f) == name);

    private static string NameOf(RunStore store, string id, FileInfo file) => Path.GetRelativePath(store.ArtifactsOf(id), file.FullName).Replace('\\', '/');

    /// <summary>Whether a browser shows a file, rather than saves it.</summary>
    public static bool IsShown(string name) => TypeOf(name) is not null;

    private static string? TypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".html" => "text/html; charset=utf-8",
        ".txt" or ".md" or ".csv" or ".tsv" or ".json" or ".jsonl" or ".log" or ".toml" or ".yaml" or ".yml" => "text/plain; charset=utf-8",
        ".png" or ".jpg" or ".svg" or ".webp" when Types.TryGetContentType(name, out string? type) => type,
        _ => null,
    };
}
