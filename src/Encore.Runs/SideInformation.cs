using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Encore.Data;

namespace Encore.Runs;

/// <summary>What is known of a run's items and users beside the log: read from the files that the configuration names, or from
/// those that come with the data, and matched with the log's ids.</summary>
public sealed class SideInformation
{
    /// <summary>What stands for no file, so that what comes with the data is not read either.</summary>
    internal const string None = "none";

    private const string Knowledge = "data.item-knowledge";

    private SideInformation(MatchedFeatures? items, MatchedFeatures? users, ItemDetails? details) => (Items, Users, Details) = (items, users, details);

    /// <summary>What is known of the items; null: nothing.</summary>
    public Features? ItemFeatures => Items?.Features;

    /// <summary>What is known of the users; null: nothing.</summary>
    public Features? UserFeatures => Users?.Features;

    /// <summary>The files about items, with what each says and how many of the items it has; null: none.</summary>
    public MatchedFeatures? Items { get; }

    /// <summary>The files about users; null: none.</summary>
    public MatchedFeatures? Users { get; }

    /// <summary>Titles and attributes that the files the configuration names give a model file: their categories are attributes,
    /// which filters use; null: the configuration names none.</summary>
    public ItemDetails? Details { get; }

    /// <summary>A digest of the features of both; null where there are none.</summary>
    internal string? Digest
    {
        get
        {
            if (Items is null && Users is null)
            {
                return null;
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var features in (Features?[])[ItemFeatures, UserFeatures])
            {
                Append($"{features?.Ids.Count ?? 0} {features?.Count ?? 0}");
                foreach (var column in features?.Space.Columns ?? [])
                {
                    Append($"{column} {string.Join('\n', column.Values)}");
                }

                for (int row = 0; row < (features?.Ids.Count ?? 0); row++)
                {
                    Append(features!.Ids[row]);
                    hash.AppendData(MemoryMarshal.AsBytes(features.Matrix.RowIndices(row)));
                    hash.AppendData(MemoryMarshal.AsBytes(features.Matrix.RowValues(row)));
                }
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));

            void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        }
    }

    /// <summary>Reads it.</summary>
    /// <param name="config">Names the files.</param>
    /// <param name="spec">The data, which may bring its own.</param>
    /// <param name="items">The log's items.</param>
    /// <param name="users">The log's users.</param>
    /// <param name="session">Told what was assumed, and warned of ids that a file lacks.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="RunConfigException">A spec is not what it should be.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be, or has none of the ids.</exception>
    public static SideInformation Read(RunConfig config, string spec, IdMap items, IdMap users, RunSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(session);
        Check(config.Data);
        var notes = new Relay<string>(note => session.Say(RunMessage.Note, note));
        var reading = new ReadOptions { Encoding = config.Data.Encoding, Notes = notes, Threads = RunInput.ThreadsOf(config.Threads) };
        string place = config.Place(spec);
        var ofItems = Files(config, config.Data.ItemFeatures, FeatureSubject.Items, reading, cancellationToken);
        FeatureFile[] knowledge = [.. (config.Data.ItemKnowledge ?? []).Select(text =>
            KnowledgeReader.Read(KnowledgeSpec.Parse(FeatureSpec.With(text, config.Place)), items, reading, cancellationToken))];
        var ofUsers = Files(config, config.Data.UserFeatures, FeatureSubject.Users, reading, cancellationToken);
        FeatureFile[] named = [.. ofItems ?? [], .. knowledge];
        var matchedItems = named.Length > 0 || ofItems is not null ? Matched([.. ofItems ?? Brought(place, FeatureSubject.Items, items, cancellationToken), .. knowledge], items, notes)
            : OfTheData(place, FeatureSubject.Items, items, cancellationToken);
        var matchedUsers = ofUsers is null ? OfTheData(place, FeatureSubject.Users, users, cancellationToken) : Matched(ofUsers, users, notes);
        Warn(matchedItems, named, session);
        Warn(matchedUsers, ofUsers ?? [], session);
        return new SideInformation(matchedItems, matchedUsers, named.Length == 0 ? null : DetailsOf(named, matchedItems!, ItemReader.FindFor(place)));
    }

    /// <summary>A split with what is known of its items and users beside it.</summary>
    public Split AddTo(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        return ItemFeatures is null && UserFeatures is null ? split : split.With(ItemFeatures, UserFeatures);
    }

    /// <summary>Checks what a configuration says before anything is read.</summary>
    /// <exception cref="RunConfigException">A spec is not what it should be.</exception>
    internal static void Check(DataConfig data)
    {
        Check("data.item-features", data.ItemFeatures, text => FeatureSpec.Parse(text));
        Check("data.user-features", data.UserFeatures, text => FeatureSpec.Parse(text));
        Check(Knowledge, data.ItemKnowledge, text => KnowledgeSpec.Parse(text));
    }

    /// <summary>All users of a split.</summary>
    internal static IdMap UsersOf(Split split)
    {
        IdMap[] maps = [split.Train.Users, .. split.Validation is { } validation ? [validation.History.Users] : (IdMap[])[], split.Test.History.Users];
        return Array.TrueForAll(maps, m => ReferenceEquals(m, maps[0])) ? maps[0] : IdMap.From(maps.SelectMany(m => Enumerable.Range(0, m.Count).Select(u => m[u])));
    }

    private static void Check(string key, IReadOnlyList<string>? specs, Action<string> parse)
    {
        foreach (string text in specs ?? [])
        {
            if (text.Length == 0 || (text == None && (specs!.Count > 1 || key == Knowledge)))
            {
                throw new RunConfigException(key, $"found {(text.Length == 0 ? "an empty text" : key == Knowledge ? None : $"{None} beside a file")}, expected files{(key == Knowledge ? "" : $", or {None} alone")}.");
            }

            try
            {
                if (text != None)
                {
                    parse(text);
                }
            }
            catch (FormatException error)
            {
                throw new RunConfigException(key, error.Message);
            }
        }
    }

    // Null where the configuration names none, so that what comes with the data counts.
    private static FeatureFile[]? Files(RunConfig config, IReadOnlyList<string>? specs, FeatureSubject subject, ReadOptions reading, CancellationToken cancellationToken) => specs switch
    {
        null => null,
        [None] => [],
        _ => [.. specs.Select(text => FeatureReader.Load(FeatureSpec.Parse(FeatureSpec.With(text, config.Place)), subject, reading, cancellationToken))],
    };

    private static MatchedFeatures? Matched(FeatureFile[] files, IdMap ids, IProgress<string> notes) => files.Length == 0 ? null : MatchedFeatures.Of(files, ids, notes);

    private static FeatureFile[] Brought(string place, FeatureSubject subject, IdMap ids, CancellationToken cancellationToken) =>
        FeatureReader.FindFor(place, subject, cancellationToken) is { } file && file.Table.Matches(ids) > 0 ? [file] : [];

    // It is an extra that nobody asked for: where it is of no use, it is not there.
    private static MatchedFeatures? OfTheData(string place, FeatureSubject subject, IdMap ids, CancellationToken cancellationToken)
    {
        var files = Brought(place, subject, ids, cancellationToken);
        try
        {
            return files.Length == 0 ? null : MatchedFeatures.Of(files, ids);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static void Warn(MatchedFeatures? matched, FeatureFile[] named, RunSession session)
    {
        foreach (var file in matched?.Files.Where(f => f.Matched < f.Ids && named.Contains(f.File)) ?? [])
        {
            string what = file.File.Subject == FeatureSubject.Items ? "items" : "users";
            session.Say(RunMessage.Warning, Format.Text($"{file.File.Name} has {file.Matched:N0} of the {file.Ids:N0} {what} ({file.Share:P1}); of the others it says nothing."));
        }
    }

    private static ItemDetails DetailsOf(FeatureFile[] files, MatchedFeatures matched, ItemDetails? beside)
    {
        var titles = new Dictionary<string, string>(beside?.Titles ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        var attributes = new Dictionary<string, IReadOnlyDictionary<string, string[]>>(beside?.Attributes ?? new Dictionary<string, IReadOnlyDictionary<string, string[]>>(), StringComparer.OrdinalIgnoreCase);
        foreach (var file in files)
        {
            foreach (var (id, title) in file.Titles)
            {
                titles.TryAdd(id, title);
            }

            foreach (var column in matched.Features.Space.Columns.Where(c => c.Kind == FeatureKind.Category && file.Recipes.Any(r => r.Column.Equals(c.Name, StringComparison.OrdinalIgnoreCase))))
            {
                var values = matched.Table[column.Name];
                attributes.TryAdd(column.Name, Enumerable.Range(0, values.Rows).Where(values.Has).ToDictionary(row => matched.Table.Ids[row], row => values.Texts(row).ToArray(), StringComparer.Ordinal));
            }
        }

        return new ItemDetails(titles, attributes);
    }
}
