using System.Text.Encodings.Web;
using System.Text.Json;
using Encore.Storage;

namespace Encore.Experiments;

/// <summary>
/// Models for ONNX Runtime and its kin: EASE and its like, item-kNN, and every network. The input is <c>history</c>,
/// float32 [batch, items], with 0 for items not met and the value that the model learnt from for the others; SVAE takes
/// <c>items</c>, int64 [batch, steps], and <c>lengths</c>, int32 [batch], at least 1; models that know their training users
/// take <c>user</c> too, int64 [batch], the user's place among them or −1. The output is <c>scores</c>, float32
/// [batch, items], and for models that predict ratings <c>ratings</c> within their range. The file's metadata has the
/// original ids of items and users in order. Items of the history are scored like all others.
/// </summary>
public static class OnnxFile
{
    /// <summary>Writes a model.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="model">A fitted model of the catalogue.</param>
    /// <exception cref="NotSupportedException">The model has no such form.</exception>
    /// <exception cref="InvalidDataException">The model is larger than an ONNX file can be.</exception>
    public static void Save(string path, IModel model)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stored = model as IStoredModel ?? throw new ArgumentException("The model is none of the catalogue's.", nameof(model));
        var items = stored.Items;
        var graph = new OnnxGraph(items.Count);
        stored.Build(graph);
        graph.Describe("items", Text(items));
        graph.Describe("title", model.Name);
        graph.Save(path, ModelCatalog.All.Single(e => e.ModelType == model.GetType()).Name, typeof(OnnxFile).Assembly.GetName().Version!.ToString(3));
    }

    /// <summary>Ids as a JSON array of texts.</summary>
    internal static string Text(IdMap ids)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            for (int i = 0; i < ids.Count; i++)
            {
                json.WriteStringValue(ids[i]);
            }

            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
