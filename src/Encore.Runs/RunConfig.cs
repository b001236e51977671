using System.Collections.ObjectModel;

namespace Encore.Runs;

/// <summary>
/// A run as it is asked for: built from a configuration file (<see cref="ConfigFile"/>), from arguments or in code, kept in
/// the run's <c>run.json</c>, and executed by <see cref="RunHost"/>. Files and folders in it are absolute, so that it means
/// the same wherever the process stands.
/// </summary>
public sealed record RunConfig
{
    /// <summary>What the run does: <c>train</c>, <c>compare</c>, <c>tune</c>, or a kind that the host was given.</summary>
    public required string Kind { get; init; }

    /// <summary>The folder, absolute, where relative file names inside <see cref="DataConfig.Query"/> begin; files below it are
    /// shown relative to it.</summary>
    /// <exception cref="ArgumentException">The folder is not absolute.</exception>
    public required string Folder
    {
        get;
        init => field = Path.IsPathFullyQualified(value) ? value : throw new ArgumentException($"folder: found {value}, expected an absolute path.", nameof(value));
    }

    /// <summary>The seed of split, training and bootstrap. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Seeds to run with, from <see cref="Seed"/> on; null: one.</summary>
    public int? Repeat { get; init; }

    /// <summary>Threads, 1 to 1,024; null: one for each core. Results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>The data and how it is read and filtered.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>How the data is split.</summary>
    public ProtocolConfig Protocol { get; init; } = new();

    /// <summary>What is measured.</summary>
    public EvaluationConfig Evaluation { get; init; } = new();

    /// <summary>The models: one to train or tune, any number to compare. Empty in a comparison: all that need no epochs.</summary>
    public IReadOnlyList<ModelConfig> Models { get; init; } = [];

    /// <summary>How options are searched.</summary>
    public TuneConfig Tune { get; init; } = new();

    /// <summary>Files to write.</summary>
    public OutputConfig Output { get; init; } = new();

    /// <summary>A checkpoint of one's own.</summary>
    public CheckpointConfig Checkpoint { get; init; } = new();

    /// <summary>Where the run is recorded beside the run store.</summary>
    public TrackingConfig Tracking { get; init; } = new();

    /// <summary>The plug-ins that the run needs, each as <see cref="PluginIdentity"/> has it in text. They say what must have
    /// been loaded, and name no file: nothing is ever loaded because a configuration asks for it.</summary>
    public IReadOnlyList<string> Plugins { get; init; } = [];

    /// <summary>Settings of kinds that this library does not know, by key.</summary>
    public IReadOnlyDictionary<string, object> Settings { get; init; } = ReadOnlyDictionary<string, object>.Empty;

    /// <summary>A file or folder as the process finds it: as it is shown where the process stands in <see cref="Folder"/>, so
    /// that errors name it as it was given; else absolute.</summary>
    internal string Place(string path) => Environment.CurrentDirectory == Folder ? Shown(path) : path;

    /// <summary>A file or folder as it is shown: relative to <see cref="Folder"/> where it lies below it.</summary>
    /// <param name="path">An absolute path, or a name such as <c>demo</c>.</param>
    public string Shown(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!Path.IsPathFullyQualified(path))
        {
            return path;
        }

        string relative = Path.GetRelativePath(Folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) || relative == "." ? path : relative;
    }
}

/// <summary>The data of a run: one of a log, a split in a folder, and a split in files.</summary>
public sealed record DataConfig
{
    /// <summary>Whether files about the items are named; what comes with the data is not.</summary>
    public bool NamesItemFeatures => ItemKnowledge is { Count: > 0 } || (ItemFeatures is { Count: > 0 } files && files[0] != SideInformation.None);

    /// <summary>A log: <c>demo</c>, the name of a data set, or the absolute path of a file or of a data set's folder. Null where
    /// there is no split either: <c>demo</c>.</summary>
    public string? Source { get; init; }

    /// <summary>The folder of a split for new users.</summary>
    public string? SplitFolder { get; init; }

    /// <summary>The training interactions of a split for known users; needs <see cref="Test"/>.</summary>
    public string? Train { get; init; }

    /// <summary>The validation interactions beside <see cref="Train"/> and <see cref="Test"/>.</summary>
    public string? Validation { get; init; }

    /// <summary>The test interactions beside <see cref="Train"/>.</summary>
    public string? Test { get; init; }

    /// <summary>Which columns hold what: <c>user=…,item=…,rating=…,timestamp=…</c>.</summary>
    public string? Columns { get; init; }

    /// <summary>SQL whose result is the log; the file is the table <c>data</c>.</summary>
    public string? Query { get; init; }

    /// <summary>The table of a database, or the sheet of a workbook.</summary>
    public string? Table { get; init; }

    /// <summary><c>auto</c>, <c>delimited</c>, <c>parquet</c>, <c>jsonlines</c> or <c>adjacency</c>; null: <c>auto</c>.</summary>
    public string? Format { get; init; }

    /// <summary>The encoding of a text file; null: by its byte order mark, else UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>What separates the fields of a delimited file; null: found out.</summary>
    public string? Delimiter { get; init; }

    /// <summary>The character around fields, or <c>none</c>; null: found out.</summary>
    public string? Quote { get; init; }

    /// <summary>The character before a quote within quotes; null: quotes are doubled.</summary>
    public string? Escape { get; init; }

    /// <summary>The decimal mark, <c>.</c> or <c>,</c>.</summary>
    public string? DecimalMark { get; init; }

    /// <summary>How dates are written (strptime).</summary>
    public string? DateFormat { get; init; }

    /// <summary>Whether the first line names the columns; null: found out.</summary>
    public bool? Header { get; init; }

    /// <summary>What becomes of lines that cannot be read: <c>error</c> (null) or <c>skip</c>.</summary>
    public string? BadLines { get; init; }

    /// <summary>What numbers of a time column count: <c>s</c>, <c>ms</c>, <c>us</c> or <c>ns</c>; null: their size tells.</summary>
    public string? TimeUnit { get; init; }

    /// <summary>What becomes of a repeated user and item: <c>keep-last</c> (null), <c>sum</c>, <c>max</c> or
    /// <c>error</c>.</summary>
    public string? Duplicates { get; init; }

    /// <summary>The rating from which on interactions count; null: the protocol's.</summary>
    public float? MinimumRating { get; init; }

    /// <summary>Users with fewer interactions are left out; null: the protocol's.</summary>
    public int? MinimumPerUser { get; init; }

    /// <summary>Items with fewer interactions are left out.</summary>
    public int? MinimumPerItem { get; init; }

    /// <summary>Users with more interactions are left out.</summary>
    public int? MaximumPerUser { get; init; }

    /// <summary>Files of what is known of items, each as <see cref="Encore.Data.FeatureSpec"/> has it, with an absolute path;
    /// <c>none</c>: nothing. Null: what comes with the data.</summary>
    public IReadOnlyList<string>? ItemFeatures { get; init; }

    /// <summary>Files of what is known of users, as <see cref="ItemFeatures"/> has those of items.</summary>
    public IReadOnlyList<string>? UserFeatures { get; init; }

    /// <summary>Files of triples about items, each as <see cref="Encore.Data.KnowledgeSpec"/> has it, with an absolute path.
    /// Null: none.</summary>
    public IReadOnlyList<string>? ItemKnowledge { get; init; }

    /// <summary>What the value of an interaction, such as a number of plays, says about how much it counts: <c>none</c> (null),
    /// <c>column</c>, <c>log</c> or <c>linear</c> (<see cref="Confidence"/>).</summary>
    public string? Weights { get; init; }

    /// <summary>α of <c>log</c> and <c>linear</c>; null: 1.</summary>
    public double? WeightsAlpha { get; init; }

    /// <summary>ε of <c>log</c>; null: 1.</summary>
    public double? WeightsEpsilon { get; init; }

    /// <summary>Days after which an interaction counts half; null: age says nothing.</summary>
    public double? HalfLife { get; init; }
}

/// <summary>How a run's data is split.</summary>
public sealed record ProtocolConfig
{
    /// <summary>The protocol; null: <c>strong</c>, or the one that a split's folder names.</summary>
    public string? Name { get; init; }

    /// <summary>Validation users, and as many test users.</summary>
    public int? HeldOutUsers { get; init; }

    /// <summary>Validation items, and as many test items: a share below 1, or a number from 1 on.</summary>
    public double? HeldOutItems { get; init; }

    /// <summary>How many of a held-out user's first interactions are known.</summary>
    public int? HistoryLength { get; init; }

    /// <summary><c>train</c> or <c>train+validation</c>; null: the protocol's.</summary>
    public string? FitOn { get; init; }

    /// <summary>Splits to repeat on, under protocols that repeat themselves.</summary>
    public int? Repetitions { get; init; }
}

/// <summary>What a run measures.</summary>
public sealed record EvaluationConfig
{
    /// <summary>Metrics such as <c>ndcg@100</c>, or <c>ndcg</c> at the lengths of <see cref="K"/>; null: the protocol's.</summary>
    public IReadOnlyList<string>? Metrics { get; init; }

    /// <summary>List lengths of metrics without one; null: 100.</summary>
    public IReadOnlyList<int>? K { get; init; }
}

/// <summary>A model of a run.</summary>
public sealed record ModelConfig
{
    /// <summary>Its name in the catalogue.</summary>
    public required string Name { get; init; }

    /// <summary>What the run's table calls it; null: its name.</summary>
    public string? Label { get; init; }

    /// <summary>Its options by name; those left out have their defaults.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>How a run searches options.</summary>
public sealed record TuneConfig
{
    /// <summary><c>tpe</c> (null), <c>random</c> or <c>grid</c>.</summary>
    public string? Search { get; init; }

    /// <summary>Settings to try, at most; null: 30.</summary>
    public int? Trials { get; init; }

    /// <summary>How long it may take, such as <c>20m</c>.</summary>
    public string? Time { get; init; }

    /// <summary>The validation metric to optimize; null: <c>ndcg@100</c>, for ratings <c>rmse</c>.</summary>
    public string? Metric { get; init; }

    /// <summary>Whether trials that fall behind are stopped; null: true.</summary>
    public bool? EarlyStopping { get; init; }

    /// <summary>Trials that run at once; null: 1.</summary>
    public int? Parallel { get; init; }

    /// <summary>What all trials together may take, such as <c>8GB</c>; null: what is free.</summary>
    public string? Memory { get; init; }

    /// <summary>Options to search with their values, such as <c>log:1..1000</c>; empty: what matters most for the model.</summary>
    public IReadOnlyDictionary<string, string> Space { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>Files that a run writes, absolute.</summary>
public sealed record OutputConfig
{
    /// <summary>A model file (<c>train</c>, <c>tune</c>), or a folder of results (<c>compare</c>).</summary>
    public string? Out { get; init; }

    /// <summary>The folder of a report.</summary>
    public string? Report { get; init; }

    /// <summary>A file with titles and attributes of items for the model file; null: the one beside the data.</summary>
    public string? Items { get; init; }

    /// <summary>A configuration file of a tuning's winner.</summary>
    public string? Best { get; init; }

    /// <summary>How a program that shows the result writes it, such as <c>table</c> or <c>json</c>.</summary>
    public string? Format { get; init; }
}

/// <summary>A training's own checkpoint, and how often the run's checkpoints are written.</summary>
public sealed record CheckpointConfig
{
    /// <summary>A file, absolute, that keeps the state of training; null: only the run's own.</summary>
    public string? File { get; init; }

    /// <summary>Whether to go on from <see cref="File"/>; where there is none yet training starts.</summary>
    public bool Resume { get; init; }

    /// <summary>Seconds between checkpoints; 0: after every epoch; null: 30.</summary>
    public double? EverySeconds { get; init; }
}

/// <summary>How a run is found again, and where it is written beside the run store.</summary>
public sealed record TrackingConfig
{
    /// <summary>Words to find the run by.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The address of an MLflow server. A password in it is not kept: <c>***</c> takes its place, and
    /// <see cref="RunHost.MlflowUrl"/> or the environment has it.</summary>
    public string? Mlflow
    {
        get;
        init => field = value is null ? null : MlflowAddress.Shown(value);
    }

    /// <summary>The server's experiment; null: Encore.</summary>
    public string? MlflowExperiment { get; init; }

    /// <summary>A folder for TensorBoard event files.</summary>
    public string? TensorBoard { get; init; }
}
