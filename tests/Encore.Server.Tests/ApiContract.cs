using System.Text.Json.Nodes;
using Json.Schema;

namespace Encore.Server.Tests;

/// <summary>The document that a server serves, and whether what it answers is what the document says.</summary>
internal sealed class ApiContract
{
    private readonly JsonObject _document;
    private readonly JsonObject _schemas;

    private ApiContract(JsonObject document)
    {
        _document = document;
        _schemas = Closed(document["components"]!["schemas"]!.AsObject());
    }

    /// <summary>Operations and statuses that were seen, as <c>recommend 200</c>.</summary>
    public HashSet<string> Seen { get; } = [];

    /// <summary>Operations and statuses that the document promises.</summary>
    public IEnumerable<string> Promised => _document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject())
        .SelectMany(o => o.Value!["responses"]!.AsObject().Select(r => $"{o.Value["operationId"]} {r.Key}"));

    public static async Task<ApiContract> OfAsync(TestServer server) =>
        new(JsonNode.Parse((await server.GetAsync("/openapi/v1.json")).GetRawText())!.AsObject());

    public async Task<HttpResponseMessage> SendAsync(TestServer server, string method, string path, string? body, int status, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        var response = await server.Client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(status, $"{method} {path} {body}: {await response.Content.ReadAsStringAsync()}");
        await CheckAsync(response, method, path, body);
        return response;
    }

    /// <summary>Checks an answer, and the body that was taken.</summary>
    public async Task CheckAsync(HttpResponseMessage response, string method, string path, string? body)
    {
        var operation = _document["paths"]![path.Split('?')[0]]![method.ToLowerInvariant()]!;
        string status = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), text = await response.Content.ReadAsStringAsync();
        var promised = operation["responses"]![status].ShouldNotBeNull($"{method} {path} answers {status}, which the document lacks: {text}");
        string type = response.Content.Headers.ContentType!.MediaType!;
        var content = promised["content"]![type].ShouldNotBeNull($"{method} {path} answers {status} as {type}, which the document lacks");
        Validate(content["schema"]!, type == "text/plain" ? JsonValue.Create(text)! : JsonNode.Parse(text)!, $"the answer of {method} {path} {body}");
        foreach (string header in promised["headers"]?.AsObject().Select(h => h.Key) ?? [])
        {
            response.Headers.Contains(header).ShouldBeTrue($"{method} {path}: {status} without {header}");
        }

        if (response.IsSuccessStatusCode && body is { Length: > 0 } && operation["requestBody"] is { } request)
        {
            Validate(request["content"]!["application/json"]!["schema"]!, JsonNode.Parse(body)!, $"the body of {method} {path}");
        }

        Seen.Add($"{operation["operationId"]} {status}");
    }

    private void Validate(JsonNode schema, JsonNode value, string what)
    {
        var whole = schema.DeepClone().AsObject();
        whole["$defs"] = _schemas.DeepClone();
        string text = whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        var results = JsonSchema.FromText(text).Evaluate(value, new Json.Schema.EvaluationOptions { OutputFormat = OutputFormat.List });
        string errors = string.Join("; ", results.Details.Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation} {d.EvaluationPath}: {e.Value}")));
        results.IsValid.ShouldBeTrue($"{what}: {value.ToJsonString()} is not what the document says: {errors}");
    }

    // Objects have what the document lists and nothing more: what a server adds to its answers, it documents.
    private static JsonObject Closed(JsonObject schemas)
    {
        var closed = schemas.DeepClone().AsObject();
        foreach (var schema in closed.Select(s => s.Value!.AsObject()).Where(s => s["properties"] is not null))
        {
            schema["additionalProperties"] = false;
        }

        return closed;
    }
}
