using System.Reflection;
using Encore.Experiments;
using Encore.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace Encore.Server.Tests;

/// <summary>A client that NSwag generates from the document, compiled and used against a server.</summary>
public sealed class GeneratedClientTests
{
    // What a program with such a client does. Its names are the document's.
    private const string Program = """
        namespace Generated;

        public static class Program
        {
            public static async System.Threading.Tasks.Task<string> RunAsync(System.Net.Http.HttpClient http)
            {
                var said = new System.Collections.Generic.List<string>();
                var client = new EncoreClient(http);
                var history = new[] { new HistoryEntry { Item = "i111", Value = 5 }, new HistoryEntry { Item = "i139" } };
                var answer = await client.RecommendAsync(new RecommendBody { History = history, Explain = true });
                said.Add($"recommend {answer.Model} {answer.Items.Count} {System.Linq.Enumerable.First(answer.Items).Item} {System.Linq.Enumerable.First(answer.Items).Because.Count} {answer.UnknownItems is null}");
                var three = await client.RecommendAsync(new RecommendBody { History = history, K = 3, Deny = new[] { System.Linq.Enumerable.First(answer.Items).Item }, Where = new[] { "genres=Comedy" } });
                said.Add($"three {three.Items.Count}");
                var batch = await client.RecommendBatchAsync(new BatchBody { Requests = new[] { new RecommendBody { History = history }, new RecommendBody { History = history, K = 2 } } });
                said.Add($"batch {string.Join(",", System.Linq.Enumerable.Select(batch.Answers, a => a.Items.Count))}");
                var ratings = await client.PredictAsync(new PredictBody { History = history, Items = new[] { "i180", "none" }, Model = "bias" });
                said.Add($"predict {System.Linq.Enumerable.First(ratings.Ratings).Rating is > 1 and < 5} {ratings.Ratings.Count}");
                var similar = await client.SimilarItemsAsync("i111", k: 4);
                said.Add($"similar {similar.Items.Count}");
                var items = await client.SearchItemsAsync("comedy", limit: 5);
                said.Add($"items {items.Items.Count} {System.Linq.Enumerable.First(items.Items).Attributes["genres"].Count}");
                var models = await client.ListModelsAsync();
                said.Add($"models {string.Join(",", System.Linq.Enumerable.Select(models.Models, m => m.Name))}");
                var model = await client.GetModelAsync();
                said.Add($"model {model.Kind} {model.Provenance.Metrics["ndcg@100"]}");
                try
                {
                    await client.RecommendBatchAsync(new BatchBody { Requests = new[] { new RecommendBody { History = history }, new RecommendBody { History = history, K = 0 } } });
                }
                catch (ApiException<ProblemDetails> error)
                {
                    said.Add($"error {error.StatusCode} {error.Result.Path} {error.Result.Detail}");
                }

                return string.Join("\n", said);
            }
        }
        """;

    [Fact]
    public async Task Client_GeneratedFromTheDocument_WorksAgainstTheServer()
    {
        var bias = new RatingBias();
        bias.Fit(Demo.Log.ToMatrix(), new FitContext());
        await using var server = await TestServer.StartAsync(null, null, ("bias", bias));
        string code = await GenerateAsync(await server.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        code.ShouldNotContain("public object ");
        var run = Compile(code, Program).GetType("Generated.Program")!.GetMethod("RunAsync")!;
        string said = await (Task<string>)run.Invoke(null, [server.Client])!;
        string first = ModelFile.Load(server.File).Recommender!.Recommend(["i111", "i139"])[0].Item;
        said.ShouldBe($"""
            recommend demo 10 {first} 2 True
            three 3
            batch 10,2
            predict True 2
            similar 4
            items 5 1
            models demo,bias
            model ease 0.37
            error 400 requests[1].k requests[1].k: found 0, expected an integer in 1 … 1000.
            """);
    }

    private static async Task<string> GenerateAsync(string document)
    {
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "EncoreClient",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
        };
        settings.CSharpGeneratorSettings.Namespace = "Generated";
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        return new CSharpClientGenerator(await OpenApiDocument.FromJsonAsync(document), settings).GenerateFile();
    }

    private static Assembly Compile(params string[] sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Encore.GeneratedClient", sources.Select(s => CSharpSyntaxTree.ParseText(s)), references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes);
        result.Success.ShouldBeTrue(string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(bytes.ToArray());
    }
}
