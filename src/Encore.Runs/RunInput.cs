using Encore.Data;
using Encore.Experiments;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Runs;

/// <summary>The data and the protocol of a configuration, checked.</summary>
public sealed class RunInput
{
    // More than any machine has; a mistyped number would start them all.
    private const int MostThreads = 1024;

    private readonly RunConfig _config;
    private readonly Protocol _protocol;
    private readonly bool _isSplit;

    /// <summary>Checks a configuration's data and protocol.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="registry">The protocols, metrics and readers that it can name; null: Encore's own.</param>
    /// <exception cref="RunConfigException">A value is not allowed, or keys contradict each other.</exception>
    public RunInput(RunConfig config, Registry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        Registry = registry ?? new Registry();
        CheckNumbers();
        _isSplit = CheckSources();
        DataReading.Check(config.Data);
        SideInformation.Check(config.Data);
        Compute = ComputeOf(config.Threads);
        Weighting = WeightingOf(config.Data);
        string? written = config.Data.SplitFolder is { } folder ? SplitReader.ProtocolOf(config.Place(folder)) : null;
        var protocol = Registry.Protocols.Create(config.Protocol.Name ?? (Registry.Protocols.Names.Contains(written) ? written! : "strong"), new ProtocolOptions
        {
            MinimumRating = config.Data.MinimumRating,
            MinimumPerUser = config.Data.MinimumPerUser,
            MinimumPerItem = config.Data.MinimumPerItem,
            MaximumPerUser = config.Data.MaximumPerUser,
            HeldOutUsers = config.Protocol.HeldOutUsers,
            HeldOutItems = config.Protocol.HeldOutItems,
            HistoryLength = config.Protocol.HistoryLength,
            Repetitions = written is null ? config.Protocol.Repetitions : 1,
            FitOn = FitOn,
            Weighting = Weighting,
        });
        _protocol = Weighting is null ? protocol : new WeighingProtocol(protocol, Weighting);
        if (Weighting is not null && IsRating)
        {
            throw new RunConfigException(WeightingKey, $"the protocol {Protocol} predicts the values; weights are for protocols that rank items.");
        }
    }

    /// <summary>Whether interactions have weights.</summary>
    public bool IsWeighted => Weighting is not null;

    /// <summary>How much interactions count; null: all alike.</summary>
    private InteractionWeighting? Weighting { get; }

    private string WeightingKey => _config.Data.HalfLife is null ? "data.weights" : "data.half-life";

    /// <summary>Refuses weights where the run's only model cannot use them, before anything is read.</summary>
    /// <exception cref="RunConfigException">It cannot.</exception>
    internal void CheckWeights(ModelEntry model)
    {
        if (Weighting is not null && model.WeightUse == WeightUse.None)
        {
            throw new RunConfigException(WeightingKey, $"{model.Name} cannot use weights of interactions; those that can: {string.Join(", ", Registry.Models.All.Where(m => m.WeightUse != WeightUse.None).Select(m => m.Name))}.");
        }
    }

    /// <summary>The models, metrics, protocols and readers that the run can name.</summary>
    internal Registry Registry { get; }

    /// <summary>The protocol's name.</summary>
    public string Protocol => _protocol.Name;

    /// <summary>Whether ratings are predicted rather than items ranked.</summary>
    public bool IsRating => _protocol.IsRating;

    /// <summary>How many splits a result is the mean of.</summary>
    public int Repetitions => _protocol.Repetitions;

    /// <summary>The metrics that are reported unless others are asked for.</summary>
    public IReadOnlyList<string> DefaultMetrics => _protocol.DefaultMetrics;

    /// <summary>Metrics by name.</summary>
    /// <exception cref="FormatException">A name is unknown or of the other kind.</exception>
    internal IReadOnlyList<Metric> Measured(IReadOnlyList<string> names) => Registry.Metrics.Parse(names, IsRating);

    /// <summary>All protocols: name, what it does, metrics.</summary>
    public static IReadOnlyList<(string Name, string Summary, IReadOnlyList<string> Metrics)> AllProtocols(Registry registry) =>
        [.. registry.Protocols.Names.Select(name => registry.Protocols.Create(name)).Select(p => (p.Name, p.Summary, p.DefaultMetrics))];

    /// <summary>The metrics of a protocol by its name.</summary>
    public static IReadOnlyList<string> MetricsOf(string protocol, Registry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return registry.Protocols.Create(protocol).DefaultMetrics;
    }

    /// <summary>What the run computes on.</summary>
    public Compute Compute { get; }

    /// <summary>A number of threads as something to compute on; null: all processors.</summary>
    /// <exception cref="RunConfigException">It is not 1 to 1,024.</exception>
    public static Compute ComputeOf(int? threads) => ThreadsOf(threads) is > 0 and var count ? new Compute(count) : Compute.Default;

    /// <summary>A number of threads; 0 where none is said: one for each processor.</summary>
    /// <exception cref="RunConfigException">It is not 1 to 1,024.</exception>
    public static int ThreadsOf(int? threads) => threads switch
    {
        null => 0,
        < 1 => throw new RunConfigException("threads", Format.Text($"found {threads}, expected at least 1.")),
        > MostThreads => throw new RunConfigException("threads", Format.Text($"found {threads}, expected at most {MostThreads}.")),
        { } count => count,
    };

    /// <summary>How many seeds are asked for.</summary>
    /// <exception cref="RunConfigException">Fewer than one, or the protocol repeats itself.</exception>
    public int Seeds => _config.Repeat switch
    {
        null => 1,
        < 1 and var found => throw new RunConfigException("repeat", Format.Text($"found {found}, expected at least 1.")),
        > 1 when Repetitions > 1 => throw new RunConfigException("repeat", $"the protocol {Protocol} repeats itself; say how often with {{protocol.repetitions}}, or {{protocol.repetitions}} 1 for one split a seed."),
        { } seeds => seeds,
    };

    /// <summary>Reads the data.</summary>
    /// <returns>A log for the protocol to split, or a split that came with the data; and the data in a line.</returns>
    /// <exception cref="FileNotFoundException">There is no such data.</exception>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    public (Interactions? Log, Split? Split, DataDescription Data) Read(RunSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var reading = DataReading.Options(_config.Data, _config.Folder, session) with { Threads = Compute.Threads };
        if (_isSplit)
        {
            var split = PredefinedSplit(reading, cancellationToken);
            Side = SideInformation.Read(_config, Spec, split.Train.Items, SideInformation.UsersOf(split), session, cancellationToken);
            return (null, Side.AddTo(split), DataDescription.Of(_config.Shown(_config.Data.SplitFolder ?? _config.Data.Train!), split) with { Features = Side.Digest });
        }

        string spec = _config.Data.Source ?? DataSpec.Demo;
        var log = DataSpec.Load(_config.Place(spec), reading, Registry.Readers, cancellationToken);
        var asked = _config.Data.MinimumRating;
        if (log.HasRatings && (asked ?? _protocol.RatingThreshold) is { } threshold && RatingScale.Of(log, threshold).Warning(threshold, asked is not null) is { } warning)
        {
            session.Say(RunMessage.Warning, warning);
        }

        Side = SideInformation.Read(_config, Spec, log.Items, log.Users, session, cancellationToken);
        session.At("split", 0);
        return (log, null, DataDescription.Of(_config.Shown(spec), log) with { Features = Side.Digest });
    }

    /// <summary>Reads the data and splits it with the configuration's seed.</summary>
    /// <returns>The split, the log that it was made of (null where it came with the data), and the data in a line.</returns>
    /// <inheritdoc cref="Read"/>
    public (Split Split, Interactions? Log, DataDescription Data) ReadSplit(RunSession session, CancellationToken cancellationToken)
    {
        var (log, given, data) = Read(session, cancellationToken);
        return (given ?? Side!.AddTo(_protocol.Split(log!, _config.Seed)), log, data);
    }

    /// <summary>What is known of the items and users that <see cref="Read"/> found; null before.</summary>
    public SideInformation? Side { get; private set; }

    /// <summary>What the data was asked for by, as files beside it are looked for.</summary>
    internal string Spec => _config.Data.SplitFolder ?? _config.Data.Train ?? _config.Data.Source ?? DataSpec.Demo;

    /// <summary>An experiment on what was read.</summary>
    /// <param name="read">The log, or the split that came with the data.</param>
    /// <param name="models">The models.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="session">Keeps the models' runs.</param>
    /// <param name="metrics">The metrics; null: the protocol's.</param>
    /// <param name="countItemsAt">List length up to which items are counted; 0: none are.</param>
    /// <param name="lists">Takes lists; null: nobody does.</param>
    internal Experiment Experiment(
        (Interactions? Log, Split? Split) read, IReadOnlyList<ExperimentModel> models, Action<ExperimentProgress> progress, RunSession session,
        IReadOnlyList<string>? metrics = null, int countItemsAt = 0, Func<ModelRunKey, Split, ListTaker>? lists = null)
    {
        var bare = read.Split is null ? new Experiment(read.Log!, _protocol) { Models = models } : new Experiment(read.Split) { Models = models };
        var (chosen, relay, journal) = (metrics ?? bare.Metrics, new Relay<ExperimentProgress>(progress), session.Journal(models));
        return read.Split is null
            ? new(read.Log!, _protocol) { Compute = Compute, Catalog = Registry.Metrics, Models = models, Metrics = chosen, CountItemsAt = countItemsAt, Lists = lists, Seed = _config.Seed, Seeds = Seeds, Progress = relay, Journal = journal, MeasuresMemory = true, ItemFeatures = Side?.ItemFeatures, UserFeatures = Side?.UserFeatures }
            : new(read.Split) { Compute = Compute, Catalog = Registry.Metrics, Models = models, Metrics = chosen, CountItemsAt = countItemsAt, Lists = lists, Seed = _config.Seed, Seeds = Seeds, Progress = relay, Journal = journal, MeasuresMemory = true };
    }

    private FitOn? FitOn => _config.Protocol.FitOn switch
    {
        null => null,
        "train" => Encore.FitOn.Train,
        "train+validation" => Encore.FitOn.TrainAndValidation,
        { } other => throw new RunConfigException("protocol.fit-on", $"found {other}, expected train or train+validation."),
    };

    private static InteractionWeighting? WeightingOf(DataConfig data)
    {
        var confidence = DataReading.Choice<Confidence>(data.Weights, "data.weights");
        if (data.WeightsAlpha is not null && confidence is not (Confidence.Log or Confidence.Linear))
        {
            throw new RunConfigException("data.weights-alpha", "only {data.weights} log and linear have an α.");
        }

        if (data.WeightsEpsilon is not null && confidence != Confidence.Log)
        {
            throw new RunConfigException("data.weights-epsilon", "only {data.weights} log has an ε.");
        }

        var weighting = new InteractionWeighting
        {
            Confidence = confidence,
            Alpha = Positive("data.weights-alpha", data.WeightsAlpha),
            Epsilon = Positive("data.weights-epsilon", data.WeightsEpsilon),
            HalfLife = Positive("data.half-life", data.HalfLife),
        };
        return weighting.IsNone ? null : weighting;

        static double? Positive(string key, double? found) => found is null || (found > 0 && double.IsFinite(found.Value))
            ? found
            : throw new RunConfigException(key, Format.Text($"found {found}, expected a finite number above 0."));
    }

    private void CheckNumbers()
    {
        AtLeast("data.min-per-user", _config.Data.MinimumPerUser, 0);
        AtLeast("data.min-per-item", _config.Data.MinimumPerItem, 0);
        AtLeast("data.max-per-user", _config.Data.MaximumPerUser, 1);
        AtLeast("protocol.held-out-users", _config.Protocol.HeldOutUsers, 1);
        AtLeast("protocol.history-length", _config.Protocol.HistoryLength, 0);
        AtLeast("protocol.repetitions", _config.Protocol.Repetitions, 1);
        if (_config.Protocol.HeldOutItems is { } items && !(items is > 0 and < 1 || (items is >= 1 and <= int.MaxValue && double.IsInteger(items))))
        {
            throw new RunConfigException("protocol.held-out-items", Format.Text($"found {items}, expected a share above 0 and below 1, or a whole number from 1 on."));
        }

        if (_config.Data.MinimumRating is { } rating && !float.IsFinite(rating))
        {
            throw new RunConfigException("data.min-rating", Format.Text($"found {rating}, expected a finite number."));
        }

        static void AtLeast(string key, int? found, int least)
        {
            if (found < least)
            {
                throw new RunConfigException(key, Format.Text($"found {found}, expected at least {least}."));
            }
        }
    }

    // One source of data at a time; true for a split that came with it.
    private bool CheckSources()
    {
        var data = _config.Data;
        bool folder = data.SplitFolder is not null, files = data.Train is not null || data.Test is not null || data.Validation is not null;
        if (files && (data.Train is null || data.Test is null))
        {
            throw new RunConfigException("", "A split for known users needs both {data.train} and {data.test}.");
        }

        if ((folder && files) || ((folder || files) && data.Source is not null))
        {
            throw new RunConfigException("", "Found several sources, expected one of {data.source}, {data.split-dir}, and {data.train} with {data.test}.");
        }

        CheckFitOn(folder, files);
        if (folder || files)
        {
            // What would change nothing is refused rather than ignored.
            (string Key, bool Said)[] useless =
            [
                ("protocol.held-out-users", _config.Protocol.HeldOutUsers is not null), ("protocol.held-out-items", _config.Protocol.HeldOutItems is not null),
                ("protocol.history-length", _config.Protocol.HistoryLength is not null), ("protocol.repetitions", _config.Protocol.Repetitions is not null),
                ("protocol.fit-on", folder && FitOn is not null), ("protocol.name", _config.Protocol.Name is { } name && (folder || name != "rating")),
            ];
            if (Array.Find(useless, u => u.Said) is { Said: true } key)
            {
                throw new RunConfigException(key.Key, "the split came with the data, so there is nothing for it to do.");
            }
        }
        else
        {
            DataReading.CheckUse(data.Source ?? DataSpec.Demo, data);
        }

        return folder || files;
    }

    private void CheckFitOn(bool folder, bool files)
    {
        if (FitOn != Encore.FitOn.TrainAndValidation)
        {
            return;
        }

        string? reason = (_config.Protocol.Name ?? "strong") switch
        {
            "strong" or "temporal" or "cold-users" => "the validation users are no training users",
            "cold-items" => "no model may know the validation items",
            "global-time" => "validation has users of its own",
            _ => null,
        };
        if (!folder && !files && reason is not null)
        {
            throw new RunConfigException("protocol.fit-on", $"found train+validation, expected train: {reason}.");
        }

        if (files && _config.Data.Validation is null)
        {
            throw new RunConfigException("protocol.fit-on", "found train+validation and no {data.validation}.");
        }
    }

    private Split PredefinedSplit(ReadOptions reading, CancellationToken cancellationToken)
    {
        var data = _config.Data;
        var filter = new InteractionFilter
        {
            MinimumRating = data.MinimumRating,
            MinimumPerUser = data.MinimumPerUser ?? 0,
            MinimumPerItem = data.MinimumPerItem ?? 0,
            MaximumPerUser = data.MaximumPerUser,
            Binarize = !IsRating,
            Weighting = Weighting,
        };
        return data.SplitFolder is { } folder
            ? SplitReader.ReadFolder(_config.Place(folder), reading, filter, cancellationToken)
            : SplitReader.ReadFiles(_config.Place(data.Train!), data.Validation is { } validation ? _config.Place(validation) : null, _config.Place(data.Test!), reading, filter, IsRating, FitOn, cancellationToken);
    }

    // A protocol of a plug-in may know nothing of weights.
    private sealed class WeighingProtocol(Protocol protocol, InteractionWeighting weighting) : Protocol
    {
        public override string Name => protocol.Name;

        public override string Summary => protocol.Summary;

        public override bool IsRating => protocol.IsRating;

        public override float? RatingThreshold => protocol.RatingThreshold;

        public override int Repetitions => protocol.Repetitions;

        public override IReadOnlyList<string> DefaultMetrics => protocol.DefaultMetrics;

        public override Split Split(Interactions log, ulong seed) => protocol.Split(log, seed) is { Train.Weights: not null } split
            ? split
            : throw new InvalidDataException(
                $"Interactions are to be {weighting}, and the protocol {Name} has lost their weights: it makes its matrices without Cut.Implicit and Cut.Matrix.");
    }
}
