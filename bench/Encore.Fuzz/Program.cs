using Encore;
using Encore.Experiments;
using Encore.Models;
using Encore.Numerics;
using Encore.Recommending;
using SharpFuzz;

// Loads model files that a fuzzer makes: whatever the bytes, a file loads or is refused with an InvalidDataException. Run by
// bench/fuzz.sh; "seeds FOLDER" writes files to begin with.
string folder = args is ["seeds", var given] ? given : Directory.CreateTempSubdirectory("encore-fuzz").FullName;
if (args is ["seeds", _])
{
    Directory.CreateDirectory(folder);
    var csr = CsrMatrix.FromEntries(3, 4, [0, 0, 1, 1, 2], [0, 1, 1, 2, 3], [1, 1, 1, 1, 1]);
    var train = new InteractionMatrix(IdMap.From(["1", "2", "3"]), IdMap.From(["a", "b", "c", "d"]), csr);
    foreach (var model in (IRecommender[])[new Popularity(), new ItemKnn(), new Ease(), new Cdae(new() { Width = 2, Epochs = 1 }), new Svae(new() { Embedding = 2, Hidden = 2, Encoder = 2, Code = 2, Decoder = 2, Epochs = 1 })])
    {
        model.Fit(train, new FitContext());
        ModelFile.Save(Path.Combine(folder, model.GetType().Name), model, new ItemTable(train.Items, titles: new Dictionary<string, string> { ["a"] = "é" }));
    }

    return;
}

string file = Path.Combine(folder, "model");
Fuzzer.OutOfProcess.Run(stream =>
{
    using (var bytes = File.Create(file))
    {
        stream.CopyTo(bytes);
    }

    try
    {
        var loaded = ModelFile.Load(file);
        loaded.Recommender?.Recommend(["a", "b"], new RecommendOptions { ExcludeSeen = false });
    }
    catch (InvalidDataException)
    {
        // refused, as it should be
    }
});
