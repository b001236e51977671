using System.Globalization;
using Encore.Splitting;

namespace Encore.Runs;

/// <summary>The keys of configurations. Files, arguments, the schema and the documentation come from this table.</summary>
public static class ConfigKeys
{
    /// <summary>The seed's key.</summary>
    public const string Seed = "seed";

    internal const string Source = "data.source", Space = "tune.space.";

    private const string FeatureValue = "FILE[:COLUMN[=KIND[(SIZE)]],…]";

    private static readonly string[] Sources = [Source, "data.split-dir", "data.train", "data.validation", "data.test"];

    // What reads a log, splits it, trains on it, and keeps a run.
    private static readonly string[] Trains = ["train", "compare", "tune"], Splits = [.. Trains, "evaluate", "split"],
        Everywhere = [.. Trains, "evaluate", "split"], Weighing = [.. Trains, "evaluate"], Reading = [.. Splits, "read"], Train = ["train"], Compare = ["compare"], Tune = ["tune"];

    /// <summary>All keys, in the order in which a file has them; those of kinds that a host was given come with the kind.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new(Seed, "--seed", ConfigKind.Whole, "Seed of split, training and bootstrap", static c => c.Seed, static (c, v) => c with { Seed = (ulong)v })
        {
            Kinds = Everywhere,
            Example = "1",
        },
        new("repeat", "--repeat", ConfigKind.Whole, "Seeds to run with, from --seed on: each splits and trains anew; shows mean, interval and spread", static c => c.Repeat, static (c, v) => c with { Repeat = (int)v })
        {
            Kinds = ["train", "compare"],
        },
        new("threads", "--threads", ConfigKind.Whole, "Threads. Default: one for each core; results do not depend on it", static c => c.Threads, static (c, v) => c with { Threads = (int)v })
        {
            Kinds = Everywhere,
            Example = "2",
        },
        new("plugins", "--plugin", ConfigKind.Texts, "The plug-ins that the run needs: name, version and digest of each. They must be loaded with --plugin FILE; a configuration never names code to load", static c => c.Plugins is { Count: > 0 } plugins ? plugins : null, static (c, v) => c with { Plugins = (IReadOnlyList<string>)v })
        {
            Kinds = Trains,
            ValueName = "FILE",
            Example = "[\"MyModels 1.0.0 sha256:…\"]",
            IsRepeated = true,
            Decides = false,
        },
        new("data.source", "--data", ConfigKind.Text, "demo (default), a data set's name, a file, or a data set's folder", static c => c.Data.Source, static (c, v) => c with { Data = c.Data with { Source = (string)v } })
        {
            Kinds = Everywhere,
            ValueName = "SPEC",
            Alias = "-d",
            IsPath = true,
            Replaces = Sources,
        },
        new("data.split-dir", "--split-dir", ConfigKind.Text, "A split for new users: train, [validation_history, validation_heldout,] test_history, test_heldout", static c => c.Data.SplitFolder, static (c, v) => c with { Data = c.Data with { SplitFolder = (string)v } })
        {
            Kinds = Splits,
            ValueName = "DIR",
            IsPath = true,
            Replaces = Sources,
        },
        new("data.train", "--train", ConfigKind.Text, "A split for known users: the training interactions; with --test", static c => c.Data.Train, static (c, v) => c with { Data = c.Data with { Train = (string)v } })
        {
            Kinds = Splits,
            ValueName = "FILE",
            IsPath = true,
            Replaces = Sources,
        },
        new("data.validation", "--validation", ConfigKind.Text, "Validation interactions beside --train and --test", static c => c.Data.Validation, static (c, v) => c with { Data = c.Data with { Validation = (string)v } })
        {
            Kinds = Splits,
            ValueName = "FILE",
            IsPath = true,
            Replaces = Sources,
        },
        new("data.test", "--test", ConfigKind.Text, "Test interactions beside --train", static c => c.Data.Test, static (c, v) => c with { Data = c.Data with { Test = (string)v } })
        {
            Kinds = Splits,
            ValueName = "FILE",
            IsPath = true,
            Replaces = Sources,
        },
        new("data.columns", "--columns", ConfigKind.Text, "Which columns hold what, by name or position: user=…,item=…,rating=… (or count=…),timestamp=…", static c => c.Data.Columns, static (c, v) => c with { Data = c.Data with { Columns = (string)v } })
        {
            Kinds = Reading,
            ValueName = "LIST",
            Example = "\"user=visitor,item=page\"",
        },
        new("data.query", "--query", ConfigKind.Text, "SQL whose result is the log; the file is the table data", static c => c.Data.Query, static (c, v) => c with { Data = c.Data with { Query = (string)v } })
        {
            Kinds = Reading,
            ValueName = "SQL",
            Example = "\"SELECT * FROM data WHERE country = 'FR'\"",
        },
        new("data.table", "--table", ConfigKind.Text, "Table of a database, or sheet of a workbook", static c => c.Data.Table, static (c, v) => c with { Data = c.Data with { Table = (string)v } })
        {
            Kinds = Reading,
            ValueName = "NAME",
            Example = "\"ratings\"",
        },
        new("data.format", "--format", ConfigKind.Text, "auto, delimited, parquet, jsonlines or adjacency", static c => c.Data.Format, static (c, v) => c with { Data = c.Data with { Format = (string)v } })
        {
            Kinds = Reading,
            ValueName = "NAME",
            Example = "\"auto\"",
        },
        new("data.encoding", "--encoding", ConfigKind.Text, "Encoding of a text file, such as latin-1, windows-1252 or utf-16. Default: by its byte order mark, else utf-8", static c => c.Data.Encoding, static (c, v) => c with { Data = c.Data with { Encoding = (string)v } })
        {
            Kinds = Reading,
            ValueName = "NAME",
            Example = "\"latin-1\"",
        },
        new("data.delimiter", "--delimiter", ConfigKind.Text, "What separates the fields of a delimited file; \\t is a tab", static c => c.Data.Delimiter, static (c, v) => c with { Data = c.Data with { Delimiter = (string)v } })
        {
            Kinds = Reading,
            ValueName = "TEXT",
            Example = "\";\"",
        },
        new("data.quote", "--quote", ConfigKind.Text, "What stands around fields of a delimited file: one character, or none", static c => c.Data.Quote, static (c, v) => c with { Data = c.Data with { Quote = (string)v } })
        {
            Kinds = Reading,
            ValueName = "CHAR",
            Example = "\"none\"",
        },
        new("data.escape", "--escape", ConfigKind.Text, "What stands before a quote within quotes, such as \\; default: quotes are doubled", static c => c.Data.Escape, static (c, v) => c with { Data = c.Data with { Escape = (string)v } })
        {
            Kinds = Reading,
            ValueName = "CHAR",
            Example = "\"\\\\\"",
        },
        new("data.decimal", "--decimal", ConfigKind.Text, "What stands before decimals in a delimited file: . or ,", static c => c.Data.DecimalMark, static (c, v) => c with { Data = c.Data with { DecimalMark = (string)v } })
        {
            Kinds = Reading,
            ValueName = "CHAR",
            Example = "\",\"",
        },
        new("data.date-format", "--date-format", ConfigKind.Text, "How dates are written, such as %d.%m.%Y (strptime)", static c => c.Data.DateFormat, static (c, v) => c with { Data = c.Data with { DateFormat = (string)v } })
        {
            Kinds = Reading,
            ValueName = "FORMAT",
            Example = "\"%d.%m.%Y\"",
        },
        new("data.header", "--header", ConfigKind.Boolean, "Whether the first line names the columns (true or false)", static c => c.Data.Header, static (c, v) => c with { Data = c.Data with { Header = (bool)v } })
        {
            Kinds = Reading,
        },
        new("data.bad-lines", "--bad-lines", ConfigKind.Text, "A line that cannot be read: error (default) or skip", static c => c.Data.BadLines, static (c, v) => c with { Data = c.Data with { BadLines = (string)v } })
        {
            Kinds = Reading,
            ValueName = "POLICY",
            Example = "\"skip\"",
        },
        new("data.time-unit", "--time-unit", ConfigKind.Text, "What numbers of a time column count since 1970: s, ms, us or ns. Default: their size tells", static c => c.Data.TimeUnit, static (c, v) => c with { Data = c.Data with { TimeUnit = (string)v } })
        {
            Kinds = Reading,
            ValueName = "UNIT",
            Example = "\"ms\"",
        },
        new("data.duplicates", "--duplicates", ConfigKind.Text, "A repeated user and item: keep-last (default), sum, max or error", static c => c.Data.Duplicates, static (c, v) => c with { Data = c.Data with { Duplicates = (string)v } })
        {
            Kinds = Reading,
            ValueName = "POLICY",
            Example = "\"keep-last\"",
        },
        new("data.min-rating", "--min-rating", ConfigKind.Number, "Ratings from this on count. Default: the protocol's", static c => c.Data.MinimumRating is { } value ? double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null, static (c, v) => c with { Data = c.Data with { MinimumRating = (float)(double)v } })
        {
            Kinds = Splits,
        },
        new("data.min-per-user", "--min-per-user", ConfigKind.Whole, "Users with fewer interactions are left out. Default: the protocol's", static c => c.Data.MinimumPerUser, static (c, v) => c with { Data = c.Data with { MinimumPerUser = (int)v } })
        {
            Kinds = Splits,
        },
        new("data.min-per-item", "--min-per-item", ConfigKind.Whole, "Items with fewer interactions are left out", static c => c.Data.MinimumPerItem, static (c, v) => c with { Data = c.Data with { MinimumPerItem = (int)v } })
        {
            Kinds = Splits,
        },
        new("data.max-per-user", "--max-per-user", ConfigKind.Whole, "Users with more interactions are left out", static c => c.Data.MaximumPerUser, static (c, v) => c with { Data = c.Data with { MaximumPerUser = (int)v } })
        {
            Kinds = Splits,
            Example = "500",
        },
        new("data.item-features", "--item-features", ConfigKind.Texts, "What is known of items: a file, and columns to read with what to make of them (category, number, bins, words, text, vector); may be given several times; none: nothing. Default: what comes with the data", static c => c.Data.ItemFeatures, static (c, v) => c with { Data = c.Data with { ItemFeatures = (IReadOnlyList<string>)v } })
        {
            Kinds = Splits,
            ValueName = FeatureValue,
            Example = "[\"movies.csv:genres,year=bins(10),title=text\", \"tags.csv:tag\"]",
            IsPath = true,
            IsRepeated = true,
        },
        new("data.user-features", "--user-features", ConfigKind.Texts, "What is known of users, as for items", static c => c.Data.UserFeatures, static (c, v) => c with { Data = c.Data with { UserFeatures = (IReadOnlyList<string>)v } })
        {
            Kinds = Splits,
            ValueName = FeatureValue,
            Example = "[\"users.csv:age=bins,country\"]",
            IsPath = true,
            IsRepeated = true,
        },
        new("data.item-knowledge", "--item-knowledge", ConfigKind.Texts, "Triples of an item, a relation and an entity, a column for each relation; with hops=2 for each path of two; entities that fewer items than min-items (default 2) meet are left out; may be given several times", static c => c.Data.ItemKnowledge, static (c, v) => c with { Data = c.Data with { ItemKnowledge = (IReadOnlyList<string>)v } })
        {
            Kinds = Splits,
            ValueName = "FILE[:hops=1|2,min-items=N]",
            Example = "[\"knowledge.nt:hops=2,min-items=5\"]",
            IsPath = true,
            IsRepeated = true,
        },
        new("data.weights", "--weights", ConfigKind.Text, "How much an interaction counts by its value, such as a number of plays: none (default), column (the value), log (1 + α·ln(1 + value/ε)) or linear (1 + α·value)", static c => c.Data.Weights, static (c, v) => c with { Data = c.Data with { Weights = (string)v } })
        {
            Kinds = Weighing,
            ValueName = "NAME",
            Example = "\"log\"",
        },
        new("data.weights-alpha", "--weights-alpha", ConfigKind.Number, "α of log and linear. Default 1", static c => c.Data.WeightsAlpha, static (c, v) => c with { Data = c.Data with { WeightsAlpha = (double)v } })
        {
            Kinds = Weighing,
            Example = "40.0",
        },
        new("data.weights-epsilon", "--weights-epsilon", ConfigKind.Number, "ε of log. Default 1", static c => c.Data.WeightsEpsilon, static (c, v) => c with { Data = c.Data with { WeightsEpsilon = (double)v } })
        {
            Kinds = Weighing,
            Example = "10.0",
        },
        new("data.half-life", "--half-life", ConfigKind.Number, "Days after which an interaction counts half, in what is learned and in histories", static c => c.Data.HalfLife, static (c, v) => c with { Data = c.Data with { HalfLife = (double)v } })
        {
            Kinds = Weighing,
            ValueName = "DAYS",
            Example = "30.0",
        },
        new("protocol.name", "--protocol", ConfigKind.Text, $"How to split and measure: {string.Join(", ", Protocols.Names)}. Default strong", static c => c.Protocol.Name, static (c, v) => c with { Protocol = c.Protocol with { Name = (string)v } })
        {
            Kinds = Splits,
            ValueName = "NAME",
            Alias = "-p",
            Example = "\"strong\"",
        },
        new("protocol.held-out-users", "--held-out-users", ConfigKind.Whole, "Validation users, and as many test users (strong, temporal, cold-users)", static c => c.Protocol.HeldOutUsers, static (c, v) => c with { Protocol = c.Protocol with { HeldOutUsers = (int)v } })
        {
            Kinds = Splits,
            Example = "500",
        },
        new("protocol.held-out-items", "--held-out-items", ConfigKind.Number, "Validation items, and as many test items (cold-items): a share below 1, or a number. Default 0.1", static c => c.Protocol.HeldOutItems, static (c, v) => c with { Protocol = c.Protocol with { HeldOutItems = (double)v } })
        {
            Kinds = Splits,
            Example = "0.1",
        },
        new("protocol.history-length", "--history-length", ConfigKind.Whole, "How many of a held-out user's first interactions are known (cold-users). Default 0", static c => c.Protocol.HistoryLength, static (c, v) => c with { Protocol = c.Protocol with { HistoryLength = (int)v } })
        {
            Kinds = Splits,
            Example = "3",
        },
        new("protocol.fit-on", "--fit-on", ConfigKind.Text, "What every model learns from in the end: train or train+validation. Default train+validation where ratings are predicted, else train", static c => c.Protocol.FitOn, static (c, v) => c with { Protocol = c.Protocol with { FitOn = (string)v } })
        {
            Kinds = Splits,
            ValueName = "PARTS",
        },
        new("protocol.repetitions", "--repetitions", ConfigKind.Whole, "Splits to repeat on (rating). Default 5", static c => c.Protocol.Repetitions, static (c, v) => c with { Protocol = c.Protocol with { Repetitions = (int)v } })
        {
            Kinds = Splits,
        },
        new("evaluation.metrics", "--metrics", ConfigKind.Texts, "Metrics to show, such as ndcg@100,recall; without an @ the values of --k count. Default: the protocol's", static c => c.Evaluation.Metrics, static (c, v) => c with { Evaluation = c.Evaluation with { Metrics = (IReadOnlyList<string>)v } })
        {
            Kinds = Compare,
            Example = "[\"ndcg@100\", \"recall@20\"]",
        },
        new("evaluation.k", "--k", ConfigKind.Wholes, "List lengths for metrics without an @, such as 10,100. Default 100", static c => c.Evaluation.K, static (c, v) => c with { Evaluation = c.Evaluation with { K = (IReadOnlyList<int>)v } })
        {
            Kinds = Compare,
        },
        new("tune.search", "--search", ConfigKind.Text, "tpe (default), random or grid", static c => c.Tune.Search, static (c, v) => c with { Tune = c.Tune with { Search = (string)v } })
        {
            Kinds = Tune,
            ValueName = "NAME",
            Example = "\"tpe\"",
        },
        new("tune.trials", "--trials", ConfigKind.Whole, "Settings to try, at most; a grid tries all. Default 30", static c => c.Tune.Trials, static (c, v) => c with { Tune = c.Tune with { Trials = (int)v } })
        {
            Kinds = Tune,
            Example = "60",
        },
        new("tune.time", "--time", ConfigKind.Text, "How long it may take, such as 20m or 1h30m, the last training of the winner with it", static c => c.Tune.Time, static (c, v) => c with { Tune = c.Tune with { Time = (string)v } })
        {
            Kinds = Tune,
            ValueName = "TIME",
            Example = "\"20m\"",
        },
        new("tune.metric", "--metric", ConfigKind.Text, "The validation metric to optimize. Default ndcg@100, for ratings rmse", static c => c.Tune.Metric, static (c, v) => c with { Tune = c.Tune with { Metric = (string)v } })
        {
            Kinds = Tune,
            ValueName = "NAME",
            Example = "\"ndcg@100\"",
        },
        new("tune.early-stopping", "--early-stopping", ConfigKind.Boolean, "Whether trials that fall behind are stopped (true or false). Default true", static c => c.Tune.EarlyStopping, static (c, v) => c with { Tune = c.Tune with { EarlyStopping = (bool)v } })
        {
            Kinds = Tune,
        },
        new("tune.parallel", "--parallel", ConfigKind.Whole, "Trials that run at once. Default 1: one trial keeps all cores busy", static c => c.Tune.Parallel, static (c, v) => c with { Tune = c.Tune with { Parallel = (int)v } })
        {
            Kinds = Tune,
            Example = "2",
        },
        new("tune.memory", "--memory", ConfigKind.Text, "What all trials together may take, such as 8GB. Default: what is free", static c => c.Tune.Memory, static (c, v) => c with { Tune = c.Tune with { Memory = (string)v } })
        {
            Kinds = Tune,
            ValueName = "SIZE",
            Example = "\"8GB\"",
        },
        new("checkpoint.file", "--checkpoint", ConfigKind.Text, "A file that keeps the state of training, so that it can be resumed", static c => c.Checkpoint.File, static (c, v) => c with { Checkpoint = c.Checkpoint with { File = (string)v } })
        {
            Kinds = Train,
            ValueName = "FILE",
            IsPath = true,
            Decides = false,
        },
        new("checkpoint.resume", "--resume", ConfigKind.Boolean, "Continue from the checkpoint; start where there is none yet", static c => c.Checkpoint.Resume ? true : null, static (c, v) => c with { Checkpoint = c.Checkpoint with { Resume = (bool)v } })
        {
            Kinds = Train,
            IsFlag = true,
            Decides = false,
        },
        new("checkpoint.every", "--checkpoint-every", ConfigKind.Number, "Seconds between checkpoints; 0: after every epoch. Default 30", static c => c.Checkpoint.EverySeconds, static (c, v) => c with { Checkpoint = c.Checkpoint with { EverySeconds = (double)v } })
        {
            Kinds = Train,
            ValueName = "SECONDS",
            Example = "30",
            Decides = false,
        },
        new("output.out", "--out", ConfigKind.Text, "A model file to write, for encore recommend, serve and export", static c => c.Output.Out, static (c, v) => c with { Output = c.Output with { Out = (string)v } })
        {
            Kinds = Trains,
            ValueName = "FILE",
            IsPath = true,
            Descriptions = new Dictionary<string, string> { ["compare"] = "A folder for compare.json, compare.csv, compare.md, of one seed per-user.csv, and lists/: what each model recommended or predicted", ["tune"] = "A model file of the winner to write" },
        },
        new("output.report", "--report", ConfigKind.Text, "A folder for a page with figures (report.html), and the same as report.md, report.csv and report.json", static c => c.Output.Report, static (c, v) => c with { Output = c.Output with { Report = (string)v } })
        {
            Kinds = Compare,
            ValueName = "DIR",
            IsPath = true,
        },
        new("output.items", "--items", ConfigKind.Text, "A file with titles and attributes of items for --out. Default: those of --item-features, else the one beside the data", static c => c.Output.Items, static (c, v) => c with { Output = c.Output with { Items = (string)v } })
        {
            Kinds = Train,
            ValueName = "FILE",
            IsPath = true,
        },
        new("output.best", "--best", ConfigKind.Text, "A configuration file to write that trains the winner again, for encore run. It is kept with the run too", static c => c.Output.Best, static (c, v) => c with { Output = c.Output with { Best = (string)v } })
        {
            Kinds = Tune,
            ValueName = "FILE",
            IsPath = true,
            Decides = false,
        },
        new("output.format", "--output", ConfigKind.Text, "How the result is shown: table (default), json; of comparisons also csv and markdown, of tuning markdown", static c => c.Output.Format, static (c, v) => c with { Output = c.Output with { Format = (string)v } })
        {
            Kinds = Trains,
            ValueName = "FORMAT",
            Example = "\"table\"",
            Decides = false,
            Descriptions = new Dictionary<string, string> { ["train"] = "table (default) or json", ["compare"] = "table (default), json, csv or markdown", ["tune"] = "table (default), markdown or json" },
        },
        new("tracking.tags", "--tag", ConfigKind.Texts, "A word to find the run by; may be given several times", static c => c.Tracking.Tags is { Count: > 0 } tags ? tags : null, static (c, v) => c with { Tracking = c.Tracking with { Tags = (IReadOnlyList<string>)v } })
        {
            Kinds = Trains,
            ValueName = "WORD",
            Example = "[\"paper\"]",
            IsRepeated = true,
            Decides = false,
        },
        new("tracking.mlflow", "--mlflow", ConfigKind.Text, "Write the run to an MLflow server too; authenticate with MLFLOW_TRACKING_TOKEN, or with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD", static c => c.Tracking.Mlflow, static (c, v) => c with { Tracking = c.Tracking with { Mlflow = (string)v } })
        {
            Kinds = Trains,
            ValueName = "URL",
            Example = "\"http://localhost:5000\"",
            Decides = false,
        },
        new("tracking.mlflow-experiment", "--mlflow-experiment", ConfigKind.Text, "The server's experiment. Default: Encore", static c => c.Tracking.MlflowExperiment, static (c, v) => c with { Tracking = c.Tracking with { MlflowExperiment = (string)v } })
        {
            Kinds = Trains,
            ValueName = "NAME",
            Decides = false,
        },
        new("tracking.tensorboard", "--tensorboard", ConfigKind.Text, "Write the run as TensorBoard event files too", static c => c.Tracking.TensorBoard, static (c, v) => c with { Tracking = c.Tracking with { TensorBoard = (string)v } })
        {
            Kinds = Trains,
            ValueName = "DIR",
            IsPath = true,
            Decides = false,
        },
    ];

    /// <summary>What a configuration says, by key, as a command line has it; for a run's record and its queries.</summary>
    public static IReadOnlyDictionary<string, string> Describe(RunConfig config, IReadOnlyList<ConfigKey> keys)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(keys);
        var said = keys.Where(k => k.Decides && k.IsFor(config.Kind)).Select(k => (k.Key, Value: k.Get(config))).Where(k => k.Value is not null)
            .ToDictionary(k => k.Key, k => k.Value switch
            {
                string path when Path.IsPathFullyQualified(path) => config.Shown(path),
                IReadOnlyList<string> specs when keys.Any(key => key.Key == k.Key && key.IsPath) => string.Join(' ', specs.Select(s => Encore.Data.FeatureSpec.With(s, config.Shown))),
                var value => ConfigKey.Words(value!),
            });
        if (config.Data is { Source: null, SplitFolder: null, Train: null })
        {
            said[Source] = Encore.Data.DataSpec.Demo;
        }

        return said;
    }
}
