using System.Globalization;

namespace Encore.Data;

/// <summary>
/// Reads knowledge about items: triples of an item, a relation and an entity. Each relation becomes a column whose values are the
/// entities; with two hops each path of two relations becomes one too, named <c>relation1/relation2</c>.
/// </summary>
public static class KnowledgeReader
{
    // Entities of all items together; more would be the whole graph for each item.
    private const long MostPairs = 50_000_000;

    /// <summary>Reads a file of triples: N-Triples (<c>&lt;iri&gt; &lt;iri&gt; &lt;iri&gt; .</c>), or any file that logs come in,
    /// with the columns head, relation and tail by their names or in this order.</summary>
    /// <param name="spec">The file, how far entities may be, and how many items must meet one.</param>
    /// <param name="items">The items. A head is an item where it is the item's id, or where the last part of its IRI is.</param>
    /// <param name="options">How the file is written. Default: found out.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A row for each item that the file tells of, columns in the order of their names.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be, has none of the items, or no entity that enough
    /// of them meet; or two hops meet too many.</exception>
    public static FeatureFile Read(KnowledgeSpec spec, IdMap items, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(items);
        options ??= new ReadOptions();
        if (!DataFile.Exists(spec.Path))
        {
            throw FeatureReader.NotFound(spec.Path, FeatureSubject.Items);
        }

        var triples = Triples.Read(spec.Path, options, cancellationToken);
        int[] itemOf = Match(triples, items, spec.Path, options.Notes);
        var edges = triples.ByHead();
        var columns = new Columns(triples, spec.MinimumItems);
        Check(spec, triples, edges, itemOf);
        for (int node = 0; node < itemOf.Length; node++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (itemOf[node] < 0)
            {
                continue;
            }

            foreach (var (relation, tail) in edges.Of(node))
            {
                if (tail == node)
                {
                    continue;
                }

                columns.Add(relation, -1, itemOf[node], tail);
                foreach (var (second, far) in spec.Hops == 2 ? edges.Of(tail) : [])
                {
                    if (far != node && itemOf[far] != itemOf[node])
                    {
                        columns.Add(relation, second, itemOf[node], far);
                    }
                }
            }
        }

        return columns.ToFile(spec, items, options.Notes);
    }

    // For each node the item that it is, or −1.
    private static int[] Match(Triples triples, IdMap items, string path, IProgress<string>? notes)
    {
        var itemOf = new int[triples.Nodes.Count];
        Array.Fill(itemOf, -1);
        var heads = new HashSet<int>(triples.Heads);
        int direct = 0;
        (string Iri, string Id)? example = null;
        foreach (int head in heads)
        {
            string name = triples.Nodes[head];
            if (items.TryGetIndex(name, out int item))
            {
                (itemOf[head], direct) = (item, direct + 1);
            }
            else if (Triples.IsIri(name) && Triples.LastPart(name) is { Length: > 0 } last && items.TryGetIndex(last, out item))
            {
                itemOf[head] = item;
                example ??= (name, last);
            }
        }

        if (direct == 0 && example is null)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: found none of the {items.Count:N0} items of the data among the heads of triples (such as {string.Join(", ", heads.Order().Take(3).Select(h => triples.Nodes[h]))}), expected ids such as {string.Join(", ", Enumerable.Range(0, Math.Min(3, items.Count)).Select(i => items[i]))}, alone or as the last part of an IRI."));
        }

        if (example is { } iri)
        {
            notes?.Report($"{path}: items are known by the last part of their IRIs, such as {iri.Id} in {iri.Iri}.");
        }

        return itemOf;
    }

    private static void Check(KnowledgeSpec spec, Triples triples, Edges edges, int[] itemOf)
    {
        long pairs = 0;
        (long Count, int Node) most = (0, 0);
        for (int node = 0; node < itemOf.Length && spec.Hops == 2; node++)
        {
            foreach (var (_, tail) in itemOf[node] < 0 ? [] : edges.Of(node))
            {
                int far = edges.Of(tail).Length;
                pairs += far;
                most = far > most.Count ? (far, tail) : most;
            }
        }

        if (pairs > MostPairs)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{spec.Path}: found {pairs:N0} entities two hops from items, expected at most {MostPairs:N0}; {triples.Nodes[most.Node]} alone has {most.Count:N0}. Leave such triples out, or use hops=1."));
        }
    }

    /// <summary>Gathers the entities of items by column.</summary>
    private sealed class Columns(Triples triples, int minimumItems)
    {
        private readonly Dictionary<(int First, int Second), HashSet<(int Item, int Node)>> _columns = [];

        public void Add(int first, int second, int item, int node)
        {
            if (!_columns.TryGetValue((first, second), out var column))
            {
                _columns.Add((first, second), column = []);
            }

            column.Add((item, node));
        }

        public FeatureFile ToFile(KnowledgeSpec spec, IdMap items, IProgress<string>? notes)
        {
            int[] matched = [.. _columns.Values.SelectMany(c => c.Select(pair => pair.Item)).Distinct().Order()];
            int[] row = new int[items.Count];
            for (int r = 0; r < matched.Length; r++)
            {
                row[matched[r]] = r;
            }

            var (columns, recipes) = (new List<FeatureValues>(), new List<FeatureRecipe>());
            var (nodes, relations) = (Triples.Labels(triples.Nodes), Triples.Labels(triples.Relations));
            int kept = 0, dropped = 0;
            foreach (var (path, pairs) in _columns.Select(c => (Name: Name(c.Key, relations), c.Value)).OrderBy(c => c.Name, StringComparer.Ordinal))
            {
                var counts = pairs.CountBy(p => p.Node).ToDictionary();
                int enough = counts.Count(c => c.Value >= minimumItems);
                (kept, dropped) = (kept + enough, dropped + counts.Count - enough);
                if (enough == 0)
                {
                    continue;
                }

                var values = new List<string>[matched.Length];
                foreach (var (item, node) in pairs.Where(p => counts[p.Node] >= minimumItems))
                {
                    (values[row[item]] ??= []).Add(nodes[node]);
                }

                columns.Add(new FeatureValues(path, Array.ConvertAll(values, v => v is null ? [] : v.Order(StringComparer.Ordinal).ToArray())));
                recipes.Add(new FeatureRecipe(path) { Kind = FeatureKind.Category, MinimumRows = minimumItems });
            }

            if (kept == 0)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"{spec.Path}: found {dropped:N0} entities, none of which {minimumItems:N0} items meet; expected at least one. Say min-items=1 to keep all."));
            }

            notes?.Report(string.Create(CultureInfo.InvariantCulture,
                $"{spec.Path}: {triples.Count:N0} triples; {kept:N0} entities in {columns.Count:N0} columns; {dropped:N0} that fewer than {minimumItems:N0} items meet are left out."));
            return new FeatureFile(spec.Path, FeatureSubject.Items, "head", new FeatureTable(items.Select(matched), columns), recipes);
        }

        private static string Name((int First, int Second) path, string[] relations) =>
            path.Second < 0 ? relations[path.First] : $"{relations[path.First]}/{relations[path.Second]}";
    }
}
