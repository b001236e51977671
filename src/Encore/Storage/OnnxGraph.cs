using System.Text.Encodings.Web;
using System.Text.Json;

namespace Encore.Storage;

/// <summary>
/// A model as an ONNX graph in the making (https://onnx.ai/onnx/repo-docs/IR.html): inputs, nodes, numbers, outputs. A
/// value is called by its name. Field numbers are those of onnx.proto.
/// </summary>
public sealed class OnnxGraph(int items)
{
    /// <summary>The batch: as many rows as the caller likes.</summary>
    public const string Batch = "batch";

    // Operators up to this version are used, and files of this version of the format are read by runtimes since 2022.
    private const int Opset = 17, IrVersion = 8;

    private const int Float = 1, Int32 = 6, Int64 = 7, Boolean = 9;

    // A protocol buffers file of more is read by nobody.
    private const long Largest = 2_000_000_000;

    private static readonly long[] Columns = [1];

    private readonly ProtoMessage _graph = new();
    private readonly Dictionary<string, string> _metadata = [];
    private int _names;

    /// <summary>Number of items.</summary>
    public int Items { get; } = items;

    /// <summary>The histories, [batch, items]: 0 for items that the user has not met.</summary>
    public string History() => Input("history", Float, Batch, Items);

    /// <summary>What is known of the users, [batch, features]; the metadata <c>user-features</c> has the features' names in
    /// order, one a line.</summary>
    public string UserFeatures(FeatureSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Describe("user-features", string.Join('\n', Enumerable.Range(0, space.Count).Select(space.NameOf)));
        return Input("user_features", Float, Batch, space.Count);
    }

    /// <summary>A number for each row, such as the user's place in the training data.</summary>
    public string Index(string name) => Input(name, Int64, Batch);

    /// <summary>Items in the order of time, [batch, steps].</summary>
    public string Sequence(string name) => Input(name, Int64, Batch, "steps");

    /// <summary>The number of steps of each row.</summary>
    public string Lengths(string name) => Input(name, Int32, Batch);

    /// <summary>Adds a text to the file's metadata.</summary>
    public void Describe(string name, string value) => _metadata[name] = value;

    /// <summary>Scores of all items, [batch, items].</summary>
    public void Scores(string value) => Output(value, "scores");

    /// <summary>Ratings within a range, beside the scores that they come from.</summary>
    public void Ratings(string scores, float low, float high)
    {
        Scores(scores);
        Output(Node("Clip", [scores, Scalar(low), Scalar(high)]), "ratings");
    }

    /// <summary>Numbers that are part of the model, row-major.</summary>
    /// <exception cref="ArgumentException">The shape has another number of places.</exception>
    public string Constant(float[] values, params long[] shape) => Initial(Float, Checked(values, shape), t => t.AddBytes(9, values));

    /// <inheritdoc cref="Constant(float[], long[])"/>
    public string Constant(long[] values, params long[] shape) => Initial(Int64, Checked(values, shape), t => t.AddBytes(9, values));

    /// <inheritdoc cref="Constant(float[], long[])"/>
    public string Constant(bool[] values, params long[] shape) =>
        Initial(Boolean, Checked(values, shape), t => t.AddBytes(9, Array.ConvertAll(values, x => x ? (byte)1 : (byte)0)));

    /// <summary>One number, [1].</summary>
    public string Scalar(float value) => Constant([value]);

    /// <summary>An operator of ONNX (https://onnx.ai/onnx/operators/) and its result.</summary>
    /// <param name="op">The operator, such as <c>MatMul</c>.</param>
    /// <param name="inputs">Values by name.</param>
    /// <param name="attributes">long, float or long[] by name.</param>
    /// <returns>The name of the result; of a GRU the last state.</returns>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = $"v{++_names}";
        var node = new ProtoMessage();
        foreach (string input in inputs)
        {
            node.Add(1, input);
        }

        // An operator's second result is asked for by its name; the first is then nobody's.
        node.Add(2, op == "GRU" ? $"{output}_all" : output);
        if (op == "GRU")
        {
            node.Add(2, output);
        }

        node.Add(3, output).Add(4, op);
        foreach (var (name, value) in attributes)
        {
            node.Add(5, Attribute(name, value));
        }

        _graph.Add(1, node);
        return output;
    }

    /// <summary>1 where there is an interaction, else 0.</summary>
    public string Met(string x) => Node("Sign", [Node("Abs", [x])]);

    /// <summary>x/‖x‖₂; 0 stays 0.</summary>
    public string Normalise(string x) => Node("Div", [x, Node("Max", [Node("ReduceL2", [x], ("axes", Columns), ("keepdims", 1L)), Scalar(1e-30f)])]);

    /// <summary>Whether a row has any interaction, [batch, 1].</summary>
    public string HasAny(string x) => Node("Greater", [Node("ReduceMax", [Node("Abs", [x])], ("axes", Columns), ("keepdims", 1L)), Scalar(0)]);

    /// <summary>One value or the other, number by number.</summary>
    public string Where(string condition, string yes, string no) => Node("Where", [condition, yes, no]);

    /// <summary>Ids as a JSON array of texts.</summary>
    public static string Ids(IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
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

    /// <summary>Writes the file.</summary>
    /// <exception cref="InvalidDataException">The model is larger than an ONNX file can be.</exception>
    internal void Save(string path, string name, string version)
    {
        _graph.Add(2, name);
        var model = new ProtoMessage().Add(1, IrVersion).Add(2, "Encore").Add(3, version).Add(7, _graph)
            .Add(8, new ProtoMessage().Add(1, "").Add(2, Opset));
        foreach (var (key, value) in _metadata)
        {
            model.Add(14, new ProtoMessage().Add(1, key).Add(2, value));
        }

        if (model.Length > Largest)
        {
            throw new InvalidDataException($"The model takes {model.Length:N0} bytes, an ONNX file {Largest:N0} at most.");
        }

        AtomicFile.Write(path, model.WriteTo);
    }

    private string Input(string name, int type, params object[] shape)
    {
        _graph.Add(11, Value(name, type, shape));
        return name;
    }

    private void Output(string value, string name)
    {
        _graph.Add(1, new ProtoMessage().Add(1, value).Add(2, name).Add(3, name).Add(4, "Identity"));
        _graph.Add(12, Value(name, Float, [Batch, Items]));
    }

    private static long[] Checked<T>(T[] values, long[] shape) => shape.Aggregate(1L, (places, side) => places * side) == values.LongLength
        ? shape
        : throw new ArgumentException($"Found {values.LongLength} numbers, expected [{string.Join(", ", shape)}].", nameof(values));

    private string Initial(int type, long[] shape, Action<ProtoMessage> numbers)
    {
        string name = $"c{++_names}";
        var tensor = new ProtoMessage();
        foreach (long side in shape)
        {
            tensor.Add(1, side);
        }

        tensor.Add(2, type).Add(8, name);
        numbers(tensor);
        _graph.Add(5, tensor);
        return name;
    }

    private static ProtoMessage Value(string name, int type, object[] shape)
    {
        var sides = new ProtoMessage();
        foreach (object side in shape)
        {
            sides.Add(1, side is string symbol ? new ProtoMessage().Add(2, symbol) : new ProtoMessage().Add(1, Convert.ToInt64(side, System.Globalization.CultureInfo.InvariantCulture)));
        }

        var tensor = new ProtoMessage().Add(1, type).Add(2, sides);
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        var attribute = new ProtoMessage().Add(1, name);
        switch (value)
        {
            case long number:
                return attribute.Add(3, number).Add(20, 2L);
            case float number:
                return attribute.Add(2, number).Add(20, 1L);
            default:
                foreach (long number in (long[])value)
                {
                    attribute.Add(8, number);
                }

                return attribute.Add(20, 7L);
        }
    }
}
