using System.Globalization;
using System.Text;

namespace Encore.Data;

/// <summary>Triples of a head, a relation and a tail, as numbers of names.</summary>
internal sealed class Triples
{
    // Names of columns in small letters, without punctuation and "id".
    private static readonly string[] HeadNames = ["head", "subject", "s", "h", "item", "source", "from", "entity1"];

    private static readonly string[] RelationNames = ["relation", "predicate", "property", "p", "r", "rel", "edge", "relationtype"];

    private static readonly string[] TailNames = ["tail", "object", "o", "t", "target", "entity", "entity2", "value", "to"];

    private readonly Names _nodes = new(), _relations = new();
    private readonly List<int> _heads = [], _tails = [], _of = [];

    private Triples()
    {
    }

    /// <summary>Heads and tails by number.</summary>
    public IReadOnlyList<string> Nodes => _nodes.All;

    /// <summary>Relations by number.</summary>
    public IReadOnlyList<string> Relations => _relations.All;

    /// <summary>The head of each triple.</summary>
    public IReadOnlyList<int> Heads => _heads;

    /// <summary>Number of triples.</summary>
    public int Count => _heads.Count;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    public static Triples Read(string path, ReadOptions options, CancellationToken cancellationToken)
    {
        var file = DataFile.Open(path, options.Notes);
        var triples = new Triples();
        using (var text = new TextFile(file, options, cancellationToken))
        {
            if (file.Content == FileKind.Text && file.Format == DataFormat.Delimited && text.Head.Lines.FirstOrDefault(l => l.TrimStart() is [not '#', ..]) is { } first
                && first.TrimStart() is ['<', ..] or ['_', ':', ..] or ['@', ..])
            {
                triples.ReadNTriples(file, text.Head.Encoding, cancellationToken);
                return triples;
            }
        }

        using var rows = KeyedRows.Open(path, options, IsHeader, cancellationToken);
        triples.ReadRows(rows, cancellationToken);
        return triples;
    }

    /// <summary>The triples by their heads.</summary>
    public Edges ByHead() => new(Nodes.Count, _heads, _of, _tails);

    /// <summary>Whether a name is an IRI.</summary>
    public static bool IsIri(string name) => name.Contains("://", StringComparison.Ordinal) || name.StartsWith("urn:", StringComparison.Ordinal);

    /// <summary>What stands behind the last slash, number sign or, of a URN, colon.</summary>
    public static string LastPart(string iri)
    {
        string text = iri.TrimEnd('/', '#');
        return Uri.UnescapeDataString(text[(text.LastIndexOfAny(iri.StartsWith("urn:", StringComparison.Ordinal) ? ['/', '#', ':'] : ['/', '#']) + 1)..]);
    }

    /// <summary>What names are called: IRIs by their last part, where no other of them has the same.</summary>
    public static string[] Labels(IReadOnlyList<string> names)
    {
        string[] labels = [.. names.Select(n => IsIri(n) && LastPart(n) is { Length: > 0 } last ? last : n)];
        var times = labels.CountBy(l => l, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. labels.Select((label, n) => times[label] == 1 ? label : names[n])];
    }

    private static bool IsHeader(string[] fields) => fields.Any(f => RelationNames.Contains(Role(f)));

    private static string Role(string field) =>
        ColumnVocabulary.Normal(field) is var name && name.Length > 2 && name.EndsWith("id", StringComparison.Ordinal) ? name[..^2] : ColumnVocabulary.Normal(field);

    private void ReadRows(KeyedRows rows, CancellationToken cancellationToken)
    {
        int relation = Column(RelationNames), head = relation < 0 ? -1 : Column(HeadNames), tail = relation < 0 ? -1 : Column(TailNames);
        head = relation >= 0 && head < 0 ? Enumerable.Range(0, rows.Columns.Count).FirstOrDefault(c => ColumnVocabulary.IsId(ColumnVocabulary.Rank(rows.Columns[c].Name, ColumnVocabulary.Item, ColumnContent.Unknown)), -1) : head;
        if (head < 0 || tail < 0)
        {
            (head, relation, tail) = rows.Columns.Count == 3 ? (0, 1, 2) : throw new InvalidDataException(
                $"{rows.Name}: found the columns {string.Join(", ", rows.Columns.Select(c => c.Name))}, expected triples: three columns, or ones named head, relation and tail.");
        }

        string[] what = ["a head", "a relation", "a tail"];
        rows.Read(
            [head, relation, tail],
            (row, cells) =>
            {
                int empty = Array.FindIndex(cells, string.IsNullOrEmpty);
                if (empty >= 0)
                {
                    throw rows.Error(row, $"found nothing, expected {what[empty]}");
                }

                Add(Bare(cells[0]!), Bare(cells[1]!), Bare(cells[2]!));
                return true;
            },
            cancellationToken);

        int Column(string[] names) => names.Select(name => rows.Columns.Select((c, i) => (c, i)).FirstOrDefault(c => Role(c.c.Name) == name, (null!, -1)).Item2).FirstOrDefault(c => c >= 0, -1);

        static string Bare(string cell) => cell is ['<', .., '>'] ? cell[1..^1] : cell;
    }

    private void Add(string head, string relation, string tail)
    {
        _heads.Add(_nodes.Of(head));
        _of.Add(_relations.Of(relation));
        _tails.Add(_nodes.Of(tail));
    }

    private void ReadNTriples(DataFile file, Encoding? encoding, CancellationToken cancellationToken)
    {
        using var bytes = TextHead.OpenUtf8(file, encoding);
        var reader = RecordReader.Lines(bytes, 1 << 26);
        while (Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string line = Encoding.UTF8.GetString(TextHead.WithoutMark(reader.Record, reader.Line)).Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                var (head, relation, tail) = NTriple.Parse(line) ?? throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"{file.Name}:{reader.Line}: found '{DelimitedLayout.Shortened(line)}', expected a triple as N-Triples write it: <iri> <iri> <iri> ."));
                Add(head, relation, tail);
            }
        }

        bool Next()
        {
            try
            {
                return reader.Read();
            }
            catch (Exception error) when (file.Packing != FileKind.Text && DataFile.IsOfPacking(error))
            {
                throw file.Damaged(error);
            }
        }
    }

    /// <summary>Names in the order in which they come.</summary>
    private sealed class Names
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<string> _all = [];

        public IReadOnlyList<string> All => _all;

        public int Of(string name)
        {
            if (!_numbers.TryGetValue(name, out int number))
            {
                _numbers.Add(name, number = _all.Count);
                _all.Add(name);
            }

            return number;
        }
    }
}

/// <summary>Triples by their heads.</summary>
internal sealed class Edges
{
    private readonly int[] _offsets;
    private readonly (int Relation, int Tail)[] _edges;

    public Edges(int nodes, List<int> heads, List<int> relations, List<int> tails)
    {
        (_offsets, _edges) = (new int[nodes + 1], new (int, int)[heads.Count]);
        foreach (int head in heads)
        {
            _offsets[head + 1]++;
        }

        for (int n = 0; n < nodes; n++)
        {
            _offsets[n + 1] += _offsets[n];
        }

        int[] next = _offsets[..^1];
        for (int t = 0; t < heads.Count; t++)
        {
            _edges[next[heads[t]]++] = (relations[t], tails[t]);
        }
    }

    /// <summary>Relations and tails of a node, in the order of the file.</summary>
    public ReadOnlySpan<(int Relation, int Tail)> Of(int node) => _edges.AsSpan(_offsets[node].._offsets[node + 1]);
}
