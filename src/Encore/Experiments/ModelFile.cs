using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encore.Numerics;
using Encore.Recommending;
using Encore.Storage;

namespace Encore.Experiments;

/// <summary>
/// A trained model in a file: a safetensors file with the model's numbers, the original ids of its items, their titles
/// and attributes, and in the header which model it is, its options and where it comes from. Loading runs no code from
/// the file. <c>docs/model-files.md</c> has the layout.
/// </summary>
public sealed class ModelFile
{
    private const string Kind = "encore-model", Version = "1";

    // Up to this size a file is read whole and its digest checked, however it is loaded.
    private const long SmallFile = 256L << 20;

    // Attributes are lists of values; the separator cannot stand in one.
    private const char Separator = '\u001F';

    private static readonly string OwnAssembly = typeof(ModelFile).Assembly.GetName().Name ?? "";

    private readonly IStoredModel _stored;
    private readonly ModelCatalog _models;

    private ModelFile(ModelEntry entry, IModel model, ItemTable items, ModelProvenance provenance, string path, string digest, ModelCatalog models, Compute compute)
    {
        (_models, Compute) = (models, compute);
        (Entry, Model, Items, Provenance, Path, Digest) = (entry, model, items, provenance, path, digest);
        _stored = (IStoredModel)model;
        Recommender = model is IRecommender recommender
            ? new Recommender(recommender, items, _stored.HistoryValue, provenance.MinimumRating) { TrainingRatings = TrainingRatings, Compute = compute }
            : null;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The SHA-256 digest of the file's numbers, in hexadecimal digits: two files with the same one hold the same
    /// model.</summary>
    public string Digest { get; }

    /// <summary>Where the model was looked up, and models that learn from it are.</summary>
    public ModelCatalog Models => _models;

    /// <summary>What the model runs on.</summary>
    public Compute Compute { get; }

    /// <summary>Which model it is.</summary>
    public ModelEntry Entry { get; }

    /// <summary>The fitted model: an <see cref="IRecommender"/>, an <see cref="IRatingPredictor"/>, or both.</summary>
    public IModel Model { get; }

    /// <summary>The model's name in tables, with the options that matter.</summary>
    public string Title => Model.Name;

    /// <summary>The model's options by name, as one would write them.</summary>
    public IReadOnlyDictionary<string, string> Options => _stored.Settings;

    /// <summary>What is known of the items.</summary>
    public ItemTable Items { get; }

    /// <summary>Where the model comes from.</summary>
    public ModelProvenance Provenance { get; }

    /// <summary>Recommends with the model; null where it only predicts ratings.</summary>
    public Recommender? Recommender { get; }

    /// <summary>The value of a history's item that comes without one: 1, or the highest rating where the model learns from
    /// ratings.</summary>
    public float HistoryValue => _stored.HistoryValue;

    /// <summary>The ratings that the model has seen: its own range where it computes with ratings, else that of its data;
    /// null: unknown.</summary>
    public RatingRange? TrainingRatings => _stored.Ratings ?? Provenance.TrainingRatings;

    /// <summary>The users whom the model has learned from, of models that can learn on; null: the file does not
    /// say.</summary>
    public LearnedUsers? LearnedUsers => (Model as ILearnsOn)?.LearnedUsers;

    /// <summary>Whether the model has learnt something about each training user, so that others are answered
    /// differently.</summary>
    public bool KnowsUsers => Model is IKnowsUsers { KnowsAny: true };

    /// <summary>Whether the model has learnt something about a user, so that the user's id alone tells what to
    /// recommend.</summary>
    public bool KnowsUser(string? user) => (Model as IKnowsUsers)?.Knows(user) == true;

    /// <summary>Writes a fitted model: beside its place, flushed, then renamed, so that the path names a complete file at
    /// every moment.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="model">A fitted model of the catalogue.</param>
    /// <param name="items">What is known of its items; null: nothing.</param>
    /// <param name="provenance">Where it comes from; null: unknown.</param>
    /// <param name="models">The catalogue that the model is of; null: Encore's own.</param>
    /// <exception cref="ArgumentException">The model is none of the catalogue, or the table is of other items.</exception>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, IModel model, ItemTable? items = null, ModelProvenance? provenance = null, ModelCatalog? models = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        var entry = (models ?? ModelCatalog.BuiltIn).EntryOf(model)
            ?? throw new ArgumentException($"{model.Name}: found no model of the type {model.GetType().Name} in the catalogue, expected one: a file names its model by the catalogue.", nameof(model));
        if (model is not IStoredModel stored)
        {
            throw new ArgumentException($"{entry.Name}: the model cannot be saved, as {model.GetType().Name} does not implement {nameof(IStoredModel)}.", nameof(model));
        }

        items ??= new ItemTable(stored.Items);
        if (!items.Ids.HasSameIds(stored.Items))
        {
            throw new ArgumentException($"The table has {items.Ids.Count} items, the model {stored.Items.Count}; expected the same.", nameof(items));
        }

        var tensors = new TensorWriter();
        WriteItems(tensors, items);
        stored.Write(tensors);
        provenance = (provenance ?? new ModelProvenance()) with { Encore = OwnVersion, Runtime = OwnRuntime };
        SafeTensors.Write(path, tensors.Tensors, new Dictionary<string, string>
        {
            ["kind"] = Kind,
            ["version"] = Version,
            ["model"] = entry.Name,
            ["format"] = entry.Format.ToString(CultureInfo.InvariantCulture),
            ["assembly"] = entry.ModelType.Assembly.GetName().Name ?? "",
            ["title"] = model.Name,
            ["options"] = JsonSerializer.Serialize(stored.Settings.ToDictionary(), ModelJson.Default.DictionaryStringString),
            ["provenance"] = JsonSerializer.Serialize(provenance, ModelJson.Default.ModelProvenance),
            ["sha256"] = SafeTensors.Digest(tensors.Tensors),
        });
    }

    /// <summary>Reads a model. Its scores have the same bits as those of the model that was saved, on the same instruction
    /// set.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">Whether large matrices stay in the file and come into memory as they are used: loading then
    /// takes no time, whatever their size, but a file that is truncated or overwritten in place while the model is used ends
    /// the process (SIGBUS); replacing it, as <see cref="Save"/> does, is harmless. False: all is read, and the digest checked. Default true.</param>
    /// <param name="models">Where the model is looked up; null: Encore's own.</param>
    /// <param name="compute">What the model runs on; null: <see cref="Compute.Default"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no model file, damaged, or of a later release; the message says
    /// what was found and expected.</exception>
    public static ModelFile Load(string path, bool map = true, ModelCatalog? models = null, Compute? compute = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = SafeTensorsFile.Open(path);
        var (entry, format) = CheckHeader(file, models ?? ModelCatalog.BuiltIn);
        string digest = file.Metadata.GetValueOrDefault("sha256") ?? "";
        if ((!map || file.Length <= SmallFile) && file.Digest() is var found && found != digest)
        {
            throw new InvalidDataException($"{path}: the numbers have the SHA-256 digest {found}, expected {digest}; the file is damaged.");
        }

        var reader = new TensorReader(file, map);
        try
        {
            var items = ReadItems(reader, file.Names);
            var model = entry.Create(ModelHeader.Options(file));
            ((IStoredModel)model).Read(reader, new StoredContext { Items = items.Ids, Format = format, Compute = compute ?? Compute.Default });
            return new ModelFile(entry, model, items, ModelHeader.Provenance(file), path, digest, models ?? ModelCatalog.BuiltIn, compute ?? Compute.Default);
        }
        catch (InsufficientMemoryException error)
        {
            throw new InvalidDataException($"{path}: the model's options ask for too large a matrix: {error.Message}", error);
        }
        catch (OverflowException error)
        {
            throw new InvalidDataException($"{path}: the model's options ask for a matrix of more than {Array.MaxLength:N0} numbers.", error);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>The same model with other options for how it learns on (<see cref="FitContext.WarmStart"/>), such as epochs or
    /// the learning rate; this one is as it was.</summary>
    /// <param name="options">Values by option name, in place of the file's.</param>
    /// <exception cref="ArgumentException">An option is unknown, a value is not allowed, or the model's shape would
    /// change.</exception>
    public IModel WithOptions(IReadOnlyDictionary<string, string> options)
    {
        var all = new Dictionary<string, string>(Options, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in options)
        {
            all[name] = value;
        }

        var model = Entry.Create(all);
        using var file = SafeTensorsFile.Open(Path);
        try
        {
            ((IStoredModel)model).Read(new TensorReader(file, map: false), new StoredContext { Items = Items.Ids, Format = CheckHeader(file, _models).Format, Compute = Compute });
        }
        catch (InvalidDataException error)
        {
            throw new ArgumentException($"{string.Join(", ", options.Select(o => $"{Entry.Name}.{o.Key}={o.Value}"))} changes what the model is made of: {error.Message}", error);
        }

        return model;
    }

    /// <summary>Writes the same model with items that nobody has met, which it scores by their features (<see cref="IAddsItems"/>);
    /// the scores of all others keep their bits. This one is as it was.</summary>
    /// <param name="path">The file to write; it may be the one that was read.</param>
    /// <param name="items">The items with their features as they are written.</param>
    /// <param name="titles">Their titles by id; null: those of the column <c>title</c>.</param>
    /// <returns>The ids of those without any feature that the model knows: they score 0 for everyone.</returns>
    /// <exception cref="NotSupportedException">The model does not take items from features.</exception>
    /// <exception cref="ArgumentException">The model has one of the items already, or there is none.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public IReadOnlyList<string> SaveWithItems(string path, FeatureTable items, IReadOnlyDictionary<string, string>? titles = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(items);
        if (Model is not IAddsItems)
        {
            throw new NotSupportedException($"{Title} knows items by who met them alone, so that it cannot take new ones from features; {string.Join(", ", _models.All.Where(e => typeof(IAddsItems).IsAssignableFrom(e.ModelType)).Select(e => e.Name))} can.");
        }

        // Another instance: this one answers requests meanwhile.
        var model = (IAddsItems)WithOptions(new Dictionary<string, string>());
        var without = model.AddItems(items);
        Save(path, model, Items.With(items, titles), Provenance with
        {
            Description = FormattableString.Invariant($"{Provenance.Description} Then {items.Ids.Count:N0} {(items.Ids.Count == 1 ? "item" : "items")} added from features."),
        }, _models);
        return without;
    }

    /// <summary>Predicts the ratings of some items for a history.</summary>
    /// <param name="history">The ratings known of the user.</param>
    /// <param name="items">The items to predict, by original id.</param>
    /// <param name="user">The user's id, for models that know their training users.</param>
    /// <returns>A rating for each item, and null for those that the model does not know.</returns>
    /// <exception cref="NotSupportedException">The model predicts no ratings.</exception>
    /// <exception cref="ArgumentException">A rating of the history is not on the scale of the training
    /// ratings.</exception>
    public PredictedRatings Predict(IReadOnlyList<HistoryItem> history, IReadOnlyList<string> items, string? user = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        var model = Model as IRatingPredictor
            ?? throw new NotSupportedException($"{Title} ranks items and predicts no ratings.");
        var batch = new HistoryBatch(Items.Ids, HistoryValue, null, TrainingRatings);
        batch.Add(history, user);
        int[] index = [.. items.Select(id => Items.Ids.TryGetIndex(id, out int i) ? i : -1)];
        int[] known = [.. index.Where(i => i >= 0)];
        var predictions = new float[known.Length];
        model.Predict(new Histories(batch.Matrix(), 0, 1), [0, known.Length], known, predictions);
        int next = 0;
        var facts = batch.Facts(0);
        return new PredictedRatings([.. index.Select(i => i < 0 ? (float?)null : predictions[next++])], facts.Unknown)
        {
            Note = (Model as IPredictionNotes)?.NoteFor(user, facts.Seen.Length > 0, facts.Given > 0),
        };
    }

    private static string OwnVersion => typeof(ModelFile).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private static string OwnRuntime => string.Create(CultureInfo.InvariantCulture,
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Numerics.Dispatch.Kernel.Current.ToString().ToLowerInvariant()}");

    private static (ModelEntry Entry, int Format) CheckHeader(SafeTensorsFile file, ModelCatalog models)
    {
        string path = file.Path;
        string? kind = file.Metadata.GetValueOrDefault("kind");
        if (kind != Kind)
        {
            throw new InvalidDataException(kind == "encore-checkpoint"
                ? $"{path} is a checkpoint, from which training resumes; expected a model file, as encore train --out writes one."
                : $"{path} is no model file of Encore: found kind '{kind}', expected '{Kind}'.");
        }

        string? version = file.Metadata.GetValueOrDefault("version");
        if (version != Version)
        {
            throw new InvalidDataException(
                $"{path}: found model file version {version}, expected {Version}; it was written by {(int.TryParse(version, out int v) && v > 1 ? "a later" : "another")} release. Use that release, or train the model anew.");
        }

        string name = file.Metadata.GetValueOrDefault("model") ?? "";
        var entry = models.All.FirstOrDefault(e => e.Name == name);
        if (entry is null)
        {
            string assembly = file.Metadata.GetValueOrDefault("assembly") ?? "";
            throw new InvalidDataException(
                $"{path}: found model '{name}', expected one of {string.Join(", ", models.All.Select(e => e.Name))}; " +
                (assembly.Length == 0 || assembly == OwnAssembly
                    ? "it may come from a later release."
                    : $"it was written by a model of the assembly {assembly}: register that one, on the command line with --plugin {assembly}.dll."));
        }

        // Files from before models had versions of their own are of the first.
        string? text = file.Metadata.GetValueOrDefault("format");
        int format = text is null ? 1 : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        return format >= 1 && format <= entry.Format ? (entry, format) : throw new InvalidDataException(
            $"{path}: found format {text} of the model {name}, expected 1 to {entry.Format}; it was written by {(format > entry.Format ? "a later" : "another")} release of it.");
    }

    private static void WriteItems(TensorWriter to, ItemTable items)
    {
        to.Add("items.ids", items.Ids);
        to.Add("items.users", items.Users.ToArray());
        if (items.TitleColumn is { } titles)
        {
            to.Add("items.titles", titles);
        }

        foreach (string attribute in items.Attributes)
        {
            to.Add($"items.attribute.{attribute}", [.. Enumerable.Range(0, items.Ids.Count).Select(i => string.Join(Separator, items.Values(attribute, i)))]);
        }
    }

    private static ItemTable ReadItems(TensorReader from, IEnumerable<string> names)
    {
        const string Attribute = "items.attribute.", Ending = ".utf8";
        var ids = from.Ids("items.ids");
        var attributes = new Dictionary<string, string[][]>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in names.Where(n => n.StartsWith(Attribute, StringComparison.Ordinal) && n.EndsWith(Ending, StringComparison.Ordinal)))
        {
            string attribute = name[..^Ending.Length];
            attributes[attribute[Attribute.Length..]] = [.. Column(from, attribute, ids).Select(
                text => text.Split(Separator, StringSplitOptions.RemoveEmptyEntries))];
        }

        return new ItemTable(
            ids, from.Read<int>("items.users", ids.Count), from.Has($"items.titles{Ending}") ? Column(from, "items.titles", ids) : null, attributes);
    }

    private static string[] Column(TensorReader from, string name, IdMap ids)
    {
        string[] texts = from.Texts(name);
        return texts.Length == ids.Count
            ? texts
            : throw new InvalidDataException($"{from.Path}: {name} has {texts.Length} texts, expected one for each of {ids.Count} items.");
    }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(ModelProvenance))]
internal sealed partial class ModelJson : JsonSerializerContext;
