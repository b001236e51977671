namespace Encore.Hosting;

/// <summary>Serves below a path. The proxy may pass the path on or strip it: links are made with it either way.</summary>
internal sealed class PathPrefix(RequestDelegate next, PathString prefix)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Path.StartsWithSegments(prefix, out var matched, out var rest))
        {
            (request.PathBase, request.Path) = (request.PathBase.Add(matched), rest.HasValue ? rest : "/");
        }
        else if (!request.PathBase.HasValue) // X-Forwarded-Prefix may have said it already
        {
            request.PathBase = prefix;
        }

        return next(context);
    }

    /// <summary>The option as a path, without a slash at its end; empty: none.</summary>
    /// <exception cref="ArgumentException">It is no path.</exception>
    public static PathString Of(string option)
    {
        ArgumentNullException.ThrowIfNull(option);
        string path = option.TrimEnd('/');
        return option.Length == 0 || (path.StartsWith('/') && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~') && !path.Split('/')[1..].Any(part => part is "" or "." or ".."))
            ? new PathString(path)
            : throw new ArgumentException($"Found path base '{option}'; expected a path such as /encore of letters, digits, and - _ . ~.");
    }
}
