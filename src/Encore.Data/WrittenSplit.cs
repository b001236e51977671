using Encore.Numerics;

namespace Encore.Data;

/// <summary>Reads back what <see cref="SplitWriter"/> wrote: the same matrices, users and items in the same order.</summary>
internal sealed class WrittenSplit(string folder, SplitManifest manifest, ReadOptions options, CancellationToken cancellationToken)
{
    private readonly ReadOptions _options = new()
    {
        Delimiter = manifest.Format == "tsv" ? "\t" : ",",
        Header = true,
        Progress = options.Progress,
    };

    public Split Read()
    {
        var items = Ids(SplitWriter.Items, "item");
        var train = Matrix("train", items);
        train = File.Exists(PathOf(SplitWriter.TrainUsers)) ? train.WithUsers(Ids(SplitWriter.TrainUsers, "user")) : train;
        var test = Set("test", items, train);
        return new Split
        {
            Protocol = manifest.Protocol,
            Description = manifest.Description,
            Train = train,
            Validation = File.Exists(PathOf("validation_heldout")) ? Set("validation", items, train) : null,
            Test = test,
            TrainAndValidation = manifest.KnownUsers ? test.History : null,
            FitOn = manifest.FitOn == SplitManifest.Both ? FitOn.TrainAndValidation : FitOn.Train,
            MinimumRating = manifest.MinimumRating,
            IsRating = manifest.Ratings,
        };
    }

    private EvaluationSet Set(string name, IdMap items, InteractionMatrix train)
    {
        var (history, heldOut) = (Matrix($"{name}_history", items), Matrix($"{name}_heldout", items));
        var users = manifest.KnownUsers ? train.Users
            : File.Exists(PathOf(SplitWriter.Users(name))) ? Ids(SplitWriter.Users(name), "user")
            : IdMap.From(Texts(history.Users).Concat(Texts(heldOut.Users)));
        var set = new EvaluationSet(history.WithUsers(users), heldOut.WithUsers(users));
        if (manifest.Candidates != true)
        {
            return set;
        }

        int[] candidates = Ids(SplitWriter.Candidates(name), "item").MapTo(items);
        try
        {
            return new EvaluationSet(set.History, set.HeldOut) { Candidates = [.. candidates.Order()] };
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{PathOf(SplitWriter.Candidates(name))}: {error.Message} Parts of a written split must not be edited.", error);
        }
    }

    private InteractionMatrix Matrix(string name, IdMap items)
    {
        if (IsEmpty(PathOf(name)))
        {
            return new InteractionMatrix(IdMap.From([]), items, new CsrMatrix(0, items.Count, [0], [], []));
        }

        var log = InteractionReader.Read(PathOf(name), _options, cancellationToken);
        return log.Filter(new InteractionFilter { Binarize = !manifest.Ratings }).ToMatrix().WithItems(items);
    }

    private static bool IsEmpty(string path)
    {
        using var reader = new StreamReader(path);
        return reader.ReadLine() is not null && reader.Peek() < 0;
    }

    // In the order of the file, which is that of the log's ids: they may be sorted as texts although all those here are
    // numbers.
    private IdMap Ids(string name, string column)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{folder}: found no file {Path.GetFileName(path)}, which split.json speaks of. Parts of a written split must not be removed.", path);
        }

        using var db = new DuckDb();
        string quote = manifest.Format == "csv" ? "\"" : "";
        string[] ids = [.. DuckDbErrors.Guard(path, () => db.Rows(
            $"SELECT id FROM read_csv({Text.File(path)}, auto_detect = false, header = true, delim = '\t', quote = '{quote}', escape = '{quote}', columns = {{'id': 'VARCHAR'}})"))
            .Select(row => row[0] ?? throw new InvalidDataException($"{path}: found an empty line, expected an id of {column}."))];
        var map = IdMap.From(ids);
        try
        {
            return map.Count == ids.Length && Texts(map).SequenceEqual(ids) ? map : IdMap.FromSorted(ids);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {error.Message} Parts of a written split must not be edited.", error);
        }
    }

    private string PathOf(string name) => Path.Combine(folder, $"{name}.{manifest.Format}");

    private static IEnumerable<string> Texts(IdMap ids) => Enumerable.Range(0, ids.Count).Select(i => ids[i]);
}
