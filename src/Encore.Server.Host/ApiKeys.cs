using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace Encore.Server.Host;

/// <summary>Asks for a key where there are any: <c>Authorization: Bearer KEY</c> or <c>X-API-Key: KEY</c>. The server only
/// has the keys' digests.</summary>
internal sealed class ApiKeys(RequestDelegate next, ServerOptions options)
{
    private readonly byte[][] _digests = [.. options.KeyDigests.Select(Convert.FromHexString)];

    public Task InvokeAsync(HttpContext context)
    {
        if (_digests.Length == 0 || HealthPaths.Contains(context.Request.Path))
        {
            return next(context); // probes have no key, and learn nothing
        }

        string key = Key(context.Request);
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        if (key.Length > 0 && Knows(digest))
        {
            // Who has the key is one client, from wherever.
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, Convert.ToHexStringLower(digest))], "key"));
            return next(context);
        }

        throw new ProblemException(401, $"Found {(key.Length == 0 ? "no key" : "a key that this server does not know")}; expected one in the header Authorization: Bearer KEY or X-API-Key: KEY.")
        {
            Header = ("WWW-Authenticate", "Bearer"),
        };
    }

    private static string Key(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : request.Headers["X-API-Key"].ToString();
    }

    // All digests are compared, each in constant time: how long an answer takes says nothing about a key.
    private bool Knows(byte[] digest)
    {
        bool known = false;
        foreach (byte[] expected in _digests)
        {
            known |= CryptographicOperations.FixedTimeEquals(digest, expected);
        }

        return known;
    }
}
