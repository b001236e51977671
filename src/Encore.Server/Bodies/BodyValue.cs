using System.Text.Json;

namespace Encore.Server.Bodies;

/// <summary>A value of a body.</summary>
/// <param name="Json">The value.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Limits">The server's limits.</param>
internal readonly record struct BodyValue(JsonElement Json, Place Place, EncoreOptions Limits)
{
    public BodyValue Member(string name, JsonElement json) => this with { Json = json, Place = Place.Member(name) };

    public BodyValue At(int index, JsonElement json) => this with { Json = json, Place = Place.At(index) };

    /// <summary>The value as a text; null where it is none.</summary>
    /// <exception cref="ProblemException">400: it escapes half of a surrogate pair, which no text has.</exception>
    public string? Text()
    {
        if (Json.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return Json.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Expected("a text of whole characters; this one has half of a surrogate pair");
        }
    }

    /// <summary>An error that says what was found here.</summary>
    /// <param name="expected">What was expected.</param>
    public ProblemException Expected(string expected) => Wrong($"found {Found}, expected {expected}.");

    /// <summary>An error of this place.</summary>
    public ProblemException Wrong(string problem) => Place.IsBody
        ? new ProblemException(400, $"The body: {problem}")
        : new ProblemException(400, problem, Place.ToString());

    private string Found => Json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => ProblemException.Excerpt(Json.GetRawText()),
    };
}
