using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>
/// A linear model of who met what and of what is known of the items: <see cref="Cease"/>, <see cref="AddEase"/>,
/// <see cref="Fease"/>, <see cref="Marec"/> and <see cref="ContentKnn"/>.
/// <code>
/// scores = [x_u, β·a_u]·W,  W [items + user features, items]
/// </code>
/// An item that nobody has met is scored by its features, in training or added later (<see cref="AddItems"/>): its weights are
/// one product, and all other scores keep their bits. An added item has no weights of its own, so that it speaks for no other
/// until the model learns anew.
/// </summary>
/// <remarks>An empty history without user features scores 0 everywhere.</remarks>
public abstract class ContentRecommender : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity, IAddsItems, IExplainsUserFeatures
{
    private ContentWeights? _learned;

    private protected ContentRecommender()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public IdMap Items => Learned.Items;

    /// <inheritdoc/>
    public Features ItemFeatures => Learned.Features;

    /// <inheritdoc/>
    public FeatureSpace? UserSpace => Learned.UserSpace;

    internal ContentWeights Learned => Guard.Fitted(_learned, Name);

    /// <summary>β, what user features are multiplied by.</summary>
    private protected virtual double UserScale => 0;

    private protected abstract Precision Precision { get; }

    private protected abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Whether <see cref="ContentWeights.InverseDiagonal"/> is there.</summary>
    private protected virtual bool HasInverse => true;

    /// <summary>The shape of <see cref="ContentWeights.Basis"/> by known items, inputs and features; null: there is none.</summary>
    private protected virtual (int Rows, int Columns)? BasisShape(int known, int inputs, int features) => null;

    private protected abstract ContentWeights Solve(TrainingData data, FitContext context, CancellationToken cancellationToken);

    /// <summary>The weights of an item with some features, from all inputs, [inputs].</summary>
    private protected abstract double[] WeightsOf(ContentWeights learned, ReadOnlySpan<int> features, ReadOnlySpan<float> values);

    /// <summary>Learns from interactions and <see cref="TrainingData.ItemFeatures"/>.</summary>
    /// <exception cref="InvalidDataException">There are no features, or none of the items has any; or there is nothing to learn
    /// from.</exception>
    /// <exception cref="InsufficientMemoryException">The matrices are too large.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learned = null;
        var train = Guard.Trainable(data, context, Name, cancellationToken);
        if (data.ItemFeatures is not { } features || features.Known == 0)
        {
            throw new InvalidDataException(data.ItemFeatures is null
                ? $"{Name} learns from what is known of the items: found nothing of {train.Items.Count} items, expected features (--item-features FILE, TrainingData.ItemFeatures)."
                : $"{Name} learns from what is known of the items: found no feature of any of {train.Items.Count} items.");
        }

        _learned = Solve(data, context, cancellationToken);
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var learned = Learned;
        Guard.Scorable(histories, learned.Items, scores.Length);
        var inputs = Inputs(learned, histories, out int start);
        if (learned.Added is not { } added)
        {
            learned.W.Multiply(inputs, start, histories.Count, scores);
            return;
        }

        int n = learned.Known.Count, all = learned.Items.Count;
        var known = new float[histories.Count * n];
        learned.W.Multiply(inputs, start, histories.Count, known);
        for (int r = 0; r < histories.Count; r++)
        {
            var columns = inputs.RowIndices(start + r);
            var values = inputs.RowValues(start + r);
            for (int item = 0; item < all; item++)
            {
                int source = added.Source[item];
                scores[(r * all) + item] = source >= 0 ? known[(r * n) + source] : Dot(columns, values, added.Weights.AsSpan((-1 - source) * learned.W.Rows, learned.W.Rows));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Not while other threads score with this instance: histories of before have other items. A model file adds to
    /// another instance.</remarks>
    public IReadOnlyList<string> AddItems(FeatureTable items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var learned = Learned;
        if (items.Ids.Count == 0)
        {
            throw new ArgumentException("Found no item to add, expected at least one.", nameof(items));
        }

        if (Enumerable.Range(0, items.Ids.Count).Select(i => items.Ids[i]).FirstOrDefault(id => learned.Items.TryGetIndex(id, out _)) is { } twice)
        {
            throw new ArgumentException($"{Name} has item {twice} already; expected new items only.", nameof(items));
        }

        var encoded = learned.Features.Space.Encode(items);
        var all = IdMap.From(Ids(learned.Items).Concat(Ids(items.Ids)));
        int[] at = [.. (learned.Added?.At ?? []).Select(i => learned.Items[i]).Concat(Ids(items.Ids)).Select(id => Index(all, id))];
        int inputs = learned.W.Rows, before = learned.Added?.At.Length ?? 0;
        var weights = new float[at.Length * inputs];
        (learned.Added?.Weights ?? []).CopyTo(weights, 0);
        var without = new List<string>();
        for (int k = 0; k < items.Ids.Count; k++)
        {
            if (encoded.Matrix.RowLength(k) == 0)
            {
                without.Add(items.Ids[k]);
                continue;
            }

            double[] column = WeightsOf(learned, encoded.Matrix.RowIndices(k), encoded.Matrix.RowValues(k));
            TensorPrimitives.ConvertTruncating<double, float>(column, weights.AsSpan((before + k) * inputs, inputs));
        }

        _learned = learned with
        {
            Features = Features.Union(learned.Features, encoded, all),
            Added = new AddedItems(learned.Known.MapTo(all), at, weights),
        };
        return without;

        static IEnumerable<string> Ids(IdMap map) => Enumerable.Range(0, map.Count).Select(i => map[i]);

        static int Index(IdMap map, string id) => map.TryGetIndex(id, out int index) ? index : throw new InvalidOperationException(id);
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => Settings;

    void IStoredModel.Write(TensorWriter writer)
    {
        var learned = Learned;
        learned.W.Write(writer, "weights");
        learned.Basis?.Write(writer, "basis");
        writer.Add("inverse.diagonal", learned.InverseDiagonal);
        writer.Add("own", learned.Own);
        writer.Add("met", Array.ConvertAll(learned.Met, met => met ? (byte)1 : (byte)0));
        FeatureTensors.Write(writer, "item-features", learned.Features);
        FeatureTensors.WriteSpace(writer, "user-features", learned.UserSpace);
        if (learned.Added is { } added)
        {
            writer.Add("added.items", added.At);
            writer.Add("added.weights", added.Weights, added.At.Length, learned.W.Rows);
        }
    }

    void IStoredModel.Read(TensorReader reader, StoredContext context)
    {
        var items = context.Items;
        int[] at = reader.Has("added.items") ? reader.ReadVector<int>("added.items", items.Count) : [];
        if (at.Distinct().Count() != at.Length || at.Any(i => i < 0 || i >= items.Count) || at.Length == items.Count)
        {
            throw new InvalidDataException($"{reader.Path}: added.items are no different places among {items.Count} items, of which some were learned from.");
        }

        // Numbers among texts ascend otherwise than alone, so that the known items' own order is made anew.
        var known = at.Length == 0 ? items : IdMap.From(Enumerable.Range(0, items.Count).Except(at).Select(i => items[i]));
        var users = FeatureTensors.ReadSpace(reader, "user-features");
        int n = known.Count, inputs = n + (users?.Count ?? 0);
        var features = FeatureTensors.Read(reader, "item-features", items)
            ?? throw new InvalidDataException($"{reader.Path}: found no features of items, which the model scores by.");
        _learned = new ContentWeights
        {
            Known = known,
            Features = features,
            UserSpace = users,
            W = WeightMatrix.Read(reader, "weights", inputs, n, Precision, context.Compute),
            Basis = BasisShape(n, inputs, features.Count) is var (rows, columns) ? WeightMatrix.Read(reader, "basis", rows, columns, Precision, context.Compute) : null,
            InverseDiagonal = reader.ReadVector<double>("inverse.diagonal", n),
            Met = Array.ConvertAll(reader.Read<byte>("met", n), met => met != 0),
            Own = reader.ReadVector<double>("own", int.MaxValue),
            Added = at.Length == 0 ? null : new AddedItems(known.MapTo(items), at, reader.Finite("added.weights", at.Length, inputs)),
        };
        Check(reader.Path, _learned);
    }

    private void Check(string path, ContentWeights learned)
    {
        int expected = HasInverse ? learned.Known.Count : 0;
        if (learned.InverseDiagonal.Length != expected || !Array.TrueForAll(learned.InverseDiagonal, double.IsFinite) || !Array.TrueForAll(learned.Own, double.IsFinite))
        {
            throw new InvalidDataException($"{path}: inverse.diagonal has {learned.InverseDiagonal.Length} numbers, expected {expected} finite ones.");
        }
    }

    void IOnnxModel.Build(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var learned = Learned;
        int all = learned.Items.Count, n = learned.Known.Count, inputs = learned.W.Rows;
        string scores = graph.Node("MatMul", [graph.History(), graph.Constant(Table(Enumerable.Range(0, all), (from, to) => (float)((ILinearModel)this).Weight(from, to)), all, all)]);
        if (learned.UserSpace is { } space)
        {
            string users = graph.Constant(Table(Enumerable.Range(n, inputs - n), (from, to) => (float)(UserScale * WeightFrom(learned, from, to))), space.Count, all);
            scores = graph.Node("Add", [scores, graph.Node("MatMul", [graph.UserFeatures(space), users])]);
        }

        graph.Scores(scores);

        float[] Table(IEnumerable<int> rows, Func<int, int, float> weight) => [.. rows.SelectMany(from => Enumerable.Range(0, all).Select(to => weight(from, to)))];
    }

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target)
    {
        var learned = Learned;
        int source = learned.Added?.Source[from] ?? from;
        return source < 0 ? 0 : WeightFrom(learned, source, target);
    }

    double ILinearModel.Baseline(int item) => 0;

    /// <inheritdoc/>
    public double[] Contributions(ReadOnlySpan<int> features, ReadOnlySpan<float> values, int item)
    {
        var learned = Learned;
        var contributions = new double[features.Length];
        for (int k = 0; k < features.Length; k++)
        {
            contributions[k] = UserScale * values[k] * WeightFrom(learned, learned.Known.Count + features[k], item);
        }

        return contributions;
    }

    void IItemSimilarity.Similarities(int item, Span<float> similarities)
    {
        if (Learned.Added is null)
        {
            Learned.W.CopyRow(item, similarities);
            return;
        }

        for (int j = 0; j < similarities.Length; j++)
        {
            // An added item speaks for none; others speak for it.
            similarities[j] = (float)(Learned.Added.Source[item] < 0 ? ((ILinearModel)this).Weight(j, item) : ((ILinearModel)this).Weight(item, j));
        }
    }

    // Weight from an input, a known item or a user feature, to any item.
    private static double WeightFrom(ContentWeights learned, int input, int target) =>
        learned.Added is not { } added ? learned.W[input, target]
        : added.Source[target] is >= 0 and var known ? learned.W[input, known]
        : added.Weights[((-1 - added.Source[target]) * learned.W.Rows) + input];

    // The histories as rows of W's inputs.
    private CsrMatrix Inputs(ContentWeights learned, Histories histories, out int start)
    {
        start = histories.Start;
        if (learned.Added is null && learned.UserSpace is null)
        {
            return histories.Matrix.Csr;
        }

        var users = learned.UserSpace is null ? null : histories.UserFeatures;
        if (users is not null && (users.Count != learned.UserSpace!.Count || users.Matrix.Rows < histories.Start + histories.Count))
        {
            throw new ArgumentException(
                $"Found {users.Count} features of {users.Matrix.Rows} users, expected {learned.UserSpace.Count} of {histories.Start + histories.Count}, as {nameof(UserSpace)} encodes them.", nameof(histories));
        }

        start = 0;
        int n = learned.Known.Count;
        var (offsets, columns, values) = (new int[histories.Count + 1], new List<int>(), new List<float>());
        for (int r = 0; r < histories.Count; r++)
        {
            var items = histories.Items(r);
            var of = histories.Values(r);
            for (int k = 0; k < items.Length; k++)
            {
                if ((learned.Added?.Source[items[k]] ?? items[k]) is >= 0 and var known)
                {
                    columns.Add(known);
                    values.Add(of[k]);
                }
            }

            // The known items of a merged map may come in another order: ids that were all numbers need not be among others.
            SortFrom(columns, values, offsets[r]);
            if (users is not null)
            {
                var features = users.Matrix.RowIndices(histories.Start + r);
                var numbers = users.Matrix.RowValues(histories.Start + r);
                for (int k = 0; k < features.Length; k++)
                {
                    columns.Add(n + features[k]);
                    values.Add((float)UserScale * numbers[k]);
                }
            }

            offsets[r + 1] = columns.Count;
        }

        return new CsrMatrix(histories.Count, learned.W.Rows, offsets, [.. columns], [.. values]);
    }

    private static void SortFrom(List<int> columns, List<float> values, int from) =>
        CollectionsMarshal.AsSpan(columns)[from..].Sort(CollectionsMarshal.AsSpan(values)[from..]);

    private static float Dot(ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
    {
        float sum = 0;
        for (int k = 0; k < columns.Length; k++)
        {
            sum += values[k] * weights[columns[k]];
        }

        return sum;
    }
}
