using Microsoft.OpenApi;

namespace Encore.Server.Bodies;

/// <summary>What a value of a body must be: how it is read, and how the OpenAPI document describes it. Both come from one
/// place, so that the document cannot promise what the server refuses.</summary>
/// <param name="read">Reads the value, which is not null.</param>
/// <param name="describe">Describes it.</param>
internal sealed class Shape<T>(Func<BodyValue, T> read, Action<OpenApiSchema, EncoreOptions> describe)
{
    public T Read(BodyValue value) => read(value);

    public void Describe(OpenApiSchema schema, EncoreOptions limits) => describe(schema, limits);
}
