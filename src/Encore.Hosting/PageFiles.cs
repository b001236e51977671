using System.Reflection;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Encore.Hosting;

/// <summary>The files that a browser fetches for a page: they lie inside the assembly that has the page.</summary>
public static class PageFiles
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Serves the resources of an assembly that are named by a path, such as <c>/explorer.css</c>, at that path.</summary>
    /// <param name="endpoints">Where they are served.</param>
    /// <param name="assembly">The assembly that has them.</param>
    public static void Map(IEndpointRouteBuilder endpoints, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(assembly);

        // A browser that has a file of this build need not fetch it again.
        var tag = new EntityTagHeaderValue($"\"{assembly.ManifestModule.ModuleVersionId:N}\"");
        foreach (string path in assembly.GetManifestResourceNames().Where(name => name.StartsWith('/')))
        {
            string type = Types.TryGetContentType(path, out string? known) ? known : "application/octet-stream";
            byte[] bytes = Read(assembly, path);
            endpoints.MapGet(path, (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-cache";
                return Results.Bytes(bytes, type, entityTag: tag);
            }).ExcludeFromDescription().DisableHttpMetrics();
        }
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
