using System.Globalization;
using System.Text;
using Encore.Storage;

namespace Encore.Data;

/// <summary>
/// Writes a split as a folder that <see cref="SplitReader.ReadFolder"/> reads back to the same matrices, and that any other
/// tool can read: <c>train</c>, <c>validation_history</c>, <c>validation_heldout</c>, <c>test_history</c> and
/// <c>test_heldout</c>, one interaction a line, oldest first within a user, with the columns user, item and, where they are
/// known, rating and timestamp; <c>items</c>, the catalogue that is ranked; <c>validation_candidates</c> and
/// <c>test_candidates</c>, where only some of it is; <c>train_users</c>, where some have nothing in training, and
/// <c>validation_users</c> and <c>test_users</c>, where some have neither a history nor anything held out; and
/// <c>split.json</c>, which names the protocol.
/// </summary>
public static class SplitWriter
{
    internal const string Items = "items";

    internal const string TrainUsers = "train_users";

    internal static string Candidates(string set) => $"{set}_candidates";

    internal static string Users(string set) => $"{set}_users";

    /// <summary>Writes a split.</summary>
    /// <param name="split">The split.</param>
    /// <param name="folder">The folder; it is made, and must have none of the files.</param>
    /// <param name="log">The log that was split, for the ratings and times as they were; null: a rating is written only where
    /// ratings are to be predicted, and no time.</param>
    /// <param name="format"><c>tsv</c>, which has no quotes, or <c>csv</c>.</param>
    /// <returns>The files, in the order in which they were written.</returns>
    /// <exception cref="IOException">A file exists already.</exception>
    /// <exception cref="InvalidDataException">An id cannot be written as TSV.</exception>
    public static IReadOnlyList<string> Write(Split split, string folder, Interactions? log = null, string format = "tsv")
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (format is not ("tsv" or "csv"))
        {
            throw new ArgumentException($"Found format {format}, expected tsv or csv.", nameof(format));
        }

        var parts = Parts(split, log, format).ToArray();
        Directory.CreateDirectory(folder);
        string[] names = [.. parts.Select(p => $"{p.Name}.{format}"), SplitManifest.FileName];
        if (Array.Find(names, name => File.Exists(Path.Combine(folder, name))) is { } found)
        {
            throw new IOException($"{Path.Combine(folder, found)} already exists, and a split is not overwritten. Choose another folder.");
        }

        foreach (var (name, write) in parts)
        {
            Put(Path.Combine(folder, $"{name}.{format}"), write);
        }

        // Last: a folder that has it is whole.
        Put(Path.Combine(folder, SplitManifest.FileName), writer => writer.Write(SplitManifest.Of(split, format).ToJson()));
        return names;
    }

    private static IEnumerable<(string Name, Action<TextWriter> Write)> Parts(Split split, Interactions? log, string format)
    {
        var rows = new RowWriter(split, log, format);
        yield return ("train", writer => rows.Write(writer, split.Train));
        if (split.Validation is { } validation)
        {
            foreach (var part in Parts("validation", validation, split, rows))
            {
                yield return part;
            }
        }

        foreach (var part in Parts("test", split.Test, split, rows))
        {
            yield return part;
        }

        yield return (Items, writer => rows.Write(writer, "item", split.Train.Items));
        if (Enumerable.Range(0, split.Train.Users.Count).Any(u => split.Train.Csr.RowLength(u) == 0))
        {
            yield return (TrainUsers, writer => rows.Write(writer, "user", split.Train.Users));
        }
    }

    private static IEnumerable<(string Name, Action<TextWriter> Write)> Parts(string name, EvaluationSet set, Split split, RowWriter rows)
    {
        yield return ($"{name}_history", writer => rows.Write(writer, set.History));
        yield return ($"{name}_heldout", writer => rows.Write(writer, set.HeldOut));
        if (set.Candidates is { } candidates)
        {
            yield return (Candidates(name), writer => rows.Write(writer, "item", set.History.Items.Select(candidates)));
        }

        // Known users are those of training.
        if (split.TrainAndValidation is null && Enumerable.Range(0, set.Users).Any(u => set.History.Csr.RowLength(u) == 0 && set.HeldOut.Csr.RowLength(u) == 0))
        {
            yield return (Users(name), writer => rows.Write(writer, "user", set.History.Users));
        }
    }

    private static void Put(string path, Action<TextWriter> write)
    {
        using var file = new AtomicFile(path, overwrite: false);
        using (var writer = new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" })
        {
            write(writer);
        }

        file.Commit();
    }

    private sealed class RowWriter(Split split, Interactions? log, string format)
    {
        private readonly char _separator = format == "tsv" ? '\t' : ',';
        private readonly bool _ratings = split.IsRating || log is { HasRatings: true };
        private readonly int[] _logItems = log is null ? [] : split.Train.Items.MapTo(log.Items);

        public void Write(TextWriter writer, string name, IdMap ids)
        {
            writer.WriteLine(name);
            for (int i = 0; i < ids.Count; i++)
            {
                writer.WriteLine(Field(ids[i]));
            }
        }

        public void Write(TextWriter writer, InteractionMatrix matrix)
        {
            writer.WriteLine(string.Join(_separator, [
                "user", "item", .. _ratings ? ["rating"] : Array.Empty<string>(), .. log is { HasTimes: true } ? ["timestamp"] : Array.Empty<string>()]));
            for (int user = 0; user < matrix.Users.Count; user++)
            {
                var places = Places(matrix.Users[user]);
                foreach (int item in matrix.Sequence(user))
                {
                    WriteRow(writer, matrix, user, item, places);
                }
            }
        }

        private void WriteRow(TextWriter writer, InteractionMatrix matrix, int user, int item, Dictionary<int, int>? places)
        {
            writer.Write(Field(matrix.Users[user]));
            writer.Write(_separator);
            writer.Write(Field(matrix.Items[item]));
            int place = places is null ? -1 : places[_logItems[item]];
            if (_ratings)
            {
                float rating = log is { HasRatings: true } ? log.Values[place] : matrix.Csr.RowValues(user)[matrix.Csr.RowIndices(user).BinarySearch(item)];
                writer.Write(_separator);
                writer.Write(rating.ToString("R", CultureInfo.InvariantCulture));
            }

            if (log is { HasTimes: true })
            {
                writer.Write(_separator);
                writer.Write(log.Times[place].ToString(CultureInfo.InvariantCulture));
            }

            writer.WriteLine();
        }

        // Where the log has each of a user's items.
        private Dictionary<int, int>? Places(string user)
        {
            if (log is null)
            {
                return null;
            }

            if (!log.Users.TryGetIndex(user, out int row))
            {
                throw new ArgumentException($"The log lacks user {user}; expected the log that was split.");
            }

            return Enumerable.Range(log.Offsets[row], log.UserItems(row).Length).ToDictionary(k => log.ItemIndices[k]);
        }

        private string Field(string id) => format == "csv" ? Text.Field(id)
            : !id.AsSpan().ContainsAny("\t\r\n") ? id
            : throw new InvalidDataException($"Found id '{id.ReplaceLineEndings("\\n").Replace("\t", "\\t", StringComparison.Ordinal)}' with a tab or a line break in it, which TSV cannot hold; write CSV.");
    }
}
