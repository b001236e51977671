using Encore.Experiments;
using Encore.Models;
using Encore.Tests.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Encore.Tests.Persistence;

/// <summary>ONNX Runtime gives the scores that the models give, to 1e-4.</summary>
public sealed class OnnxTests : IDisposable
{
    private const int Users = 31, Items = 23;

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("encore-onnx").FullName, "model.onnx");

    public static TheoryData<string, string> Models
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var entry in ModelCatalog.BuiltIn.All.Where(e => e.Ranks && e.Name is not ("popularity" or "group-popularity" or "random" or "rating-bias")))
            {
                data.Add(entry.Name, "");
            }

            foreach (var (name, options) in (ReadOnlySpan<(string, string)>)
                [("ease", "precision=double"), ("mdae", "layers=3"), ("autorec", "by=user;hidden=8,5;centre=true"), ("autorec", "encoder=elu;output=selu"), ("deeprec", "layers=8,4,8;tied=true"),
                ("mult-vae", "layers=9"), ("mult-vae", "layers=9,5;decoder=linear"), ("mult-dae", "activation=leaky-relu"), ("dae", "layers=12,6;tied=true;normalise=false"), ("cdae", "tied=true;normalise=false"), ("sdae", "layers=9,7,4"), ("svae", "hidden=7;embedding=5"), ("recvae", "hidden=9;code=5;depth=3")])
            {
                data.Add(name, options);
            }

            return data;
        }
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void Save_Model_ScoresTheSameInOnnxRuntime(string name, string options)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var all = options.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]);
        if (entry.IsIterative)
        {
            all["epochs"] = "2";
        }

        var train = TestMatrix.Random(7, Users, Items, valued: entry.NeedsRatings);
        var model = (IRecommender)entry.Create(all);
        model.Fit(TestMatrix.Learn(model, train), new FitContext());
        OnnxFile.Save(_file, model);

        using var session = new InferenceSession(_file);
        session.ModelMetadata.CustomMetadataMap["items"].ShouldStartWith("[\"100\",\"101\"");
        foreach (int[] rows in (int[][])[[0], [.. Enumerable.Range(0, Users).Where(u => u != 2 || name != "svae")]]) // any batch; user 2 has no history
        {
            using var results = session.Run([.. session.InputMetadata.Keys.Select(input => Input(input, train, rows))]);
            float[] found = results.Single(r => r.Name == "scores").AsTensor<float>().ToArray();
            float[] expected = TestMatrix.Scores(model, train);
            for (int r = 0; r < rows.Length; r++)
            {
                for (int i = 0; i < Items; i++)
                {
                    found[(r * Items) + i].ShouldBe(expected[(rows[r] * Items) + i], 1e-4f, $"user {rows[r]}, item {i}");
                }
            }

            if (model is IRatingPredictor)
            {
                results.Single(r => r.Name == "ratings").AsTensor<float>().ShouldAllBe(r => r >= 1 && r <= 5);
            }
        }
    }

    [Fact]
    public void Constant_OfAnotherShape_IsRefused()
    {
        var graph = new Storage.OnnxGraph(3);
        Should.Throw<ArgumentException>(() => graph.Constant(new float[5], 2, 3)).Message.ShouldStartWith("Found 5 numbers, expected [2, 3].");
        Should.Throw<ArgumentException>(() => graph.Constant(new long[2], 3)).Message.ShouldStartWith("Found 2 numbers, expected [3].");
        Should.Throw<ArgumentException>(() => graph.Constant(new bool[2])).Message.ShouldStartWith("Found 2 numbers, expected [].");
    }

    [Fact]
    public void Save_CdaeForANewUser_ScoresWithoutANode()
    {
        var train = TestMatrix.Random(7, Users, Items);
        var model = new Cdae(new CdaeOptions { Epochs = 20 });
        model.Fit(train, new FitContext());
        OnnxFile.Save(_file, model);
        using var session = new InferenceSession(_file);
        using var results = session.Run([Input("history", train, [5]), Named("user", new DenseTensor<long>(new[] { -1L }, [1]))]);
        var stranger = new InteractionMatrix(TestMatrix.Ids(1000, Users), train.Items, train.Csr);
        float[] found = results[0].AsTensor<float>().ToArray(), expected = TestMatrix.Scores(model, stranger)[(5 * Items)..(6 * Items)];
        found.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f);
    }

    [Fact]
    public void Save_ModelWithoutAForm_SaysSo()
    {
        var model = new Popularity();
        model.Fit(TestMatrix.Random(7, Users, Items), new FitContext());
        Should.Throw<NotSupportedException>(() => OnnxFile.Save(_file, model)).Message.ShouldContain("no ONNX form");
        File.Exists(_file).ShouldBeFalse();
    }

    private static NamedOnnxValue Input(string name, InteractionMatrix train, int[] rows)
    {
        int steps = Math.Max(1, rows.Max(r => train.Csr.RowLength(r)));
        switch (name)
        {
            case "history":
                var dense = new DenseTensor<float>([rows.Length, Items]);
                for (int r = 0; r < rows.Length; r++)
                {
                    for (int k = 0; k < train.Csr.RowLength(rows[r]); k++)
                    {
                        dense[r, train.Csr.RowIndices(rows[r])[k]] = train.Csr.RowValues(rows[r])[k];
                    }
                }

                return Named(name, dense);
            case "items":
                var items = new DenseTensor<long>([rows.Length, steps]);
                for (int r = 0; r < rows.Length; r++)
                {
                    for (int t = 0; t < train.Csr.RowLength(rows[r]); t++)
                    {
                        items[r, t] = train.Sequence(rows[r])[t];
                    }
                }

                return Named(name, items);
            case "lengths":
                return Named(name, new DenseTensor<int>(rows.Select(r => train.Csr.RowLength(r)).ToArray(), [rows.Length]));
            default:
                return Named(name, new DenseTensor<long>(rows.Select(r => (long)r).ToArray(), [rows.Length]));
        }
    }

    private static NamedOnnxValue Named<T>(string name, Tensor<T> tensor) => NamedOnnxValue.CreateFromTensor(name, tensor);
}
