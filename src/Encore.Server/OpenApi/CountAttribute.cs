namespace Encore.Server.OpenApi;

/// <summary>A parameter of a query that is a count within the server's limit for k. It comes as a text, so that one that is
/// no number gets an error of the server's own words.</summary>
/// <param name="otherwise">The count where none is given.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CountAttribute(int otherwise) : Attribute
{
    public int Otherwise { get; } = otherwise;
}
