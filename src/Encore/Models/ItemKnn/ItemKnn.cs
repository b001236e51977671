using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Models;

/// <summary>What <see cref="ItemKnn"/> can be told.</summary>
public sealed record ItemKnnOptions
{
    /// <summary>k, how many similar items an item keeps. Default 100.</summary>
    [Option("similar items kept for each item, k", Minimum = 1)]
    public int Neighbours { get; init; } = 100;

    /// <summary>β, added to the product of the norms: damps the similarity of items with few users. Default 10.</summary>
    [Option("damping of the similarity of rare items, β", Minimum = 0)]
    public double Shrinkage { get; init; } = 10;
}

/// <summary>
/// Item-based nearest neighbours (Deshpande &amp; Karypis 2004, "Item-based top-N recommendation algorithms", section 4)
/// with cosine similarity and shrinkage: an item recommends the items that the same users met.
/// <code>
/// s_ij = Σ_u x_ui·x_uj / (‖x_i‖·‖x_j‖ + β),  kept for the k largest of each i, j ≠ i, above 0
/// score_uj = Σ_i x_ui·s_ij
/// </code>
/// Of weighted interactions x_ui is the weight in s_ij; a half-life makes old items of a scored history count less.
/// Time: Σ_u nnz(u)² multiply-adds, and one user's scores k·nnz(u). Memory: 8·k bytes an item, the transpose of X, and
/// 12 bytes an item and thread; never items × items, so it serves catalogues that the closed forms cannot.
/// </summary>
/// <remarks>An empty history scores 0 everywhere; an item without training users scores 0 for everyone. Of equally
/// similar items the one with the lower index is kept.</remarks>
public sealed class ItemKnn : IRecommender, IStoredModel, IOnnxModel, ILinearModel, IItemSimilarity, IUsesWeights
{
    // Items per block: the popular ones are spread over the threads, and a block's neighbours stay small.
    private const int BlockItems = 16;

    private readonly ItemKnnOptions _options;
    private Learnt? _learnt;

    /// <summary>A model that has learnt nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public ItemKnn(ItemKnnOptions? options = null) => _options = OptionSet<ItemKnnOptions>.Validated(options);

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"Item-kNN k={_options.Neighbours} β={_options.Shrinkage}");

    /// <inheritdoc/>
    public IdMap Items => Guard.Fitted(_learnt, Name).Items;

    /// <summary>The similarities that were kept, [items, items]: row i holds the neighbours of item i.</summary>
    internal CsrMatrix Similarities => Guard.Fitted(_learnt, Name).S;

    /// <inheritdoc/>
    public void Fit(TrainingData data, FitContext context, CancellationToken cancellationToken = default)
    {
        _learnt = null;
        var train = Guard.Trainable(data, context, this, cancellationToken);
        var (X, XT) = Rows(train);
        int n = X.Columns, k = Math.Min(_options.Neighbours, Math.Max(1, n - 1));
        MemoryBudget.Require((8L * k * n) + (12L * n * context.Compute.Threads), $"Item-kNN of {n:N0} items",
            "Ask for fewer neighbours, or use popularity.", context.MemoryLimit);
        MemoryBudget.RequireArray(MostSimilarities(X, XT, k), 1, $"Item-kNN of {n:N0} items: the similarities", "Ask for fewer neighbours.");
        var norms = Norms(context.Compute, XT);
        var rows = new (int[] Items, float[] Values)[n];
        int blocks = (n + BlockItems - 1) / BlockItems, done = 0;
        context.Compute.For(blocks, block =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var scratch = new Scratch(n);
            for (int i = block * BlockItems; i < Math.Min(n, (block + 1) * BlockItems); i++)
            {
                scratch.AddUsers(X, XT.RowIndices(i), XT.RowValues(i));
                rows[i] = scratch.TakeNeighbours(i, k, norms, _options.Shrinkage);
            }

            int now = Interlocked.Increment(ref done);
            if (now % 64 == 0 || now == blocks)
            {
                context.Progress?.Report(new FitProgress("neighbours", (double)now / blocks));
            }
        });

        _learnt = new Learnt(train.Items, Join(rows));
    }

    /// <inheritdoc/>
    public void Score(Histories histories, Span<float> scores)
    {
        var (items, S) = Guard.Fitted(_learnt, Name);
        Guard.Scorable(histories, items, scores.Length);
        scores.Clear();
        for (int r = 0; r < histories.Count; r++)
        {
            var row = scores.Slice(r * items.Count, items.Count);
            var history = histories.Items(r);
            var values = histories.Values(r);
            for (int h = 0; h < history.Length; h++)
            {
                var neighbours = S.RowIndices(history[h]);
                var similarities = S.RowValues(history[h]);
                for (int j = 0; j < neighbours.Length; j++)
                {
                    row[neighbours[j]] += values[h] * similarities[j];
                }
            }
        }
    }

    IReadOnlyDictionary<string, string> IStoredModel.Settings => OptionSet<ItemKnnOptions>.Settings(_options);

    void IStoredModel.Write(TensorWriter writer) => writer.Add("similarities", Similarities);

    void IStoredModel.Read(TensorReader reader, StoredContext context) => _learnt = new Learnt(context.Items, reader.Csr("similarities", context.Items.Count));

    void IOnnxModel.Build(OnnxGraph graph)
    {
        int n = Items.Count;
        MemoryBudget.RequireSquare(n, 4L * n * n, $"ONNX of {Name}, which is dense,", "Export a network.");
        var dense = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            ((IItemSimilarity)this).Similarities(i, dense.AsSpan(i * n, n));
        }

        graph.Scores(graph.Node("MatMul", [graph.History(), graph.Constant(dense, n, n)]));
    }

    WeightUse IUsesWeights.WeightUse => WeightUse.Values | WeightUse.Inputs;

    bool ILinearModel.IsLinear => true;

    double ILinearModel.Weight(int from, int target)
    {
        int at = Similarities.RowIndices(from).BinarySearch(target);
        return at < 0 ? 0 : Similarities.RowValues(from)[at];
    }

    double ILinearModel.Baseline(int item) => 0;

    void IItemSimilarity.Similarities(int item, Span<float> similarities)
    {
        similarities.Clear();
        var items = Similarities.RowIndices(item);
        var values = Similarities.RowValues(item);
        for (int k = 0; k < items.Length; k++)
        {
            similarities[items[k]] = values[k];
        }
    }

    // Weights, where there are any, are the values.
    private static (CsrMatrix X, CsrMatrix XT) Rows(InteractionMatrix train)
    {
        if (train.Weights is not { } weights)
        {
            return (train.Csr, train.Transposed);
        }

        var x = new CsrMatrix(train.Csr.Rows, train.Csr.Columns, train.Csr.RowOffsets, train.Csr.ColumnIndices, weights.Values.ToArray());
        return (x, x.Transpose());
    }

    private static double[] Norms(Compute compute, CsrMatrix XT)
    {
        var norms = new double[XT.Rows];
        ClosedForm.ForRows(compute, XT.Rows, i =>
        {
            double sum = 0;
            foreach (float x in XT.RowValues(i))
            {
                sum += (double)x * x;
            }

            norms[i] = Math.Sqrt(sum);
        });
        return norms;
    }

    // No more than k, and than the other items of an item's users, counted with repetition.
    private static long MostSimilarities(CsrMatrix X, CsrMatrix XT, int k)
    {
        long most = 0;
        for (int i = 0; i < XT.Rows; i++)
        {
            long others = 0;
            foreach (int user in (long)k * XT.Rows > Array.MaxLength ? XT.RowIndices(i) : [])
            {
                others += X.RowLength(user) - 1;
            }

            most += Math.Min(k, others);
        }

        return most;
    }

    private static CsrMatrix Join((int[] Items, float[] Values)[] rows)
    {
        var offsets = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++)
        {
            offsets[i + 1] = checked(offsets[i] + rows[i].Items.Length);
        }

        var (items, values) = (new int[offsets[^1]], new float[offsets[^1]]);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Items.CopyTo(items, offsets[i]);
            rows[i].Values.CopyTo(values, offsets[i]);
        }

        return new CsrMatrix(rows.Length, rows.Length, offsets, items, values);
    }

    private sealed record Learnt(IdMap Items, CsrMatrix S);

    /// <summary>The products of one item with all, and a bit for each item that has any: a rare item looks at few.</summary>
    private sealed class Scratch(int n)
    {
        private readonly double[] _products = new double[n];
        private readonly ulong[] _met = new ulong[(n + 63) / 64];
        private readonly List<int> _items = [];
        private readonly List<float> _similarities = [];

        internal void AddUsers(CsrMatrix X, ReadOnlySpan<int> users, ReadOnlySpan<float> values)
        {
            for (int p = 0; p < users.Length; p++)
            {
                var row = X.RowIndices(users[p]);
                var x = X.RowValues(users[p]);
                double weight = values[p];
                for (int q = 0; q < row.Length; q++)
                {
                    int j = row[q];
                    _products[j] += weight * x[q];
                    _met[j >> 6] |= 1UL << (j & 63);
                }
            }
        }

        /// <summary>The k items most similar to i, ascending by index; leaves zeros for the next item.</summary>
        internal (int[] Items, float[] Values) TakeNeighbours(int i, int k, double[] norms, double β)
        {
            _items.Clear();
            _similarities.Clear();
            for (int word = 0; word < _met.Length; word++)
            {
                for (ulong bits = _met[word]; bits != 0; bits &= bits - 1)
                {
                    int j = (word << 6) + BitOperations.TrailingZeroCount(bits);
                    double product = _products[j];
                    _products[j] = 0;
                    if (product > 0 && j != i)
                    {
                        _items.Add(j);
                        _similarities.Add((float)(product / ((norms[i] * norms[j]) + β)));
                    }
                }

                _met[word] = 0;
            }

            var best = new int[Math.Min(k, _items.Count)];
            var all = CollectionsMarshal.AsSpan(_similarities);
            TopK.Select(all, best);
            Array.Sort(best); // places ascend with the items
            return (Array.ConvertAll(best, at => _items[at]), Array.ConvertAll(best, at => _similarities[at]));
        }
    }
}
