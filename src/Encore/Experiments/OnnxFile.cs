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
    /// <param name="models">The catalogue that the model is of; null: Encore's own.</param>
    /// <exception cref="NotSupportedException">The model has no such form.</exception>
    /// <exception cref="InvalidDataException">The model is larger than an ONNX file can be.</exception>
    public static void Save(string path, IModel model, ModelCatalog? models = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        var entry = (models ?? ModelCatalog.BuiltIn).EntryOf(model)
            ?? throw new ArgumentException("The model is none of the catalogue's.", nameof(model));
        var exported = model as IOnnxModel
            ?? throw new NotSupportedException($"{model.GetType().Name} has no ONNX form; the linear models and the networks have one.");
        var items = model.Items;
        var graph = new OnnxGraph(items.Count);
        exported.Build(graph);
        graph.Describe("items", OnnxGraph.Ids(items));
        graph.Describe("title", model.Name);
        graph.Save(path, entry.Name, typeof(OnnxFile).Assembly.GetName().Version!.ToString(3));
    }
}
