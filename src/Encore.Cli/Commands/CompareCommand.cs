using System.CommandLine;
using System.Globalization;
using Encore.Cli.Output;
using Encore.Data;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Cli.Commands;

/// <summary><c>encore compare</c>: the main job, from a log to a ranked, honestly measured table.</summary>
internal sealed class CompareCommand
{
    private const int DefaultK = 100;

    // More than any machine has; a mistyped number would start them all.
    private const int MostThreads = 1024;

    private readonly Option<string?> _data = new("--data", "-d") { Description = "demo (default), a data set's name, a file, or a data set's folder", HelpName = "SPEC" };
    private readonly Option<string?> _protocol = new("--protocol", "-p") { Description = $"How to split and measure: {string.Join(", ", Protocols.Names)}. Default strong", HelpName = "NAME" };
    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, with commas between them; options of one run behind colons: ease,ease:l2=200. Default: all that the protocol can measure", HelpName = "LIST" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option of a model, such as ease.l2=500; may be given several times", HelpName = "MODEL.OPTION=VALUE" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of split, training and bootstrap", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _metrics = new("--metrics") { Description = "Metrics to show, such as ndcg@100,recall; without an @ the values of --k count. Default: the protocol's", HelpName = "LIST" };
    private readonly Option<string?> _k = new("--k") { Description = $"List lengths for metrics without an @, such as 10,100. Default {DefaultK}", HelpName = "LIST" };
    private readonly Option<string?> _outputFormat = new("--output") { Description = "table (default), json, csv or markdown", HelpName = "FORMAT" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "A folder for compare.json, compare.csv, compare.md and per-user.csv", HelpName = "DIR" };
    private readonly Option<string?> _splitFolder = new("--split-dir") { Description = "A split for new users: train, [validation_history, validation_heldout,] test_history, test_heldout", HelpName = "DIR" };
    private readonly Option<string?> _train = new("--train") { Description = "A split for known users: the training interactions; with --test", HelpName = "FILE" };
    private readonly Option<string?> _validation = new("--validation") { Description = "Validation interactions beside --train and --test", HelpName = "FILE" };
    private readonly Option<string?> _test = new("--test") { Description = "Test interactions beside --train", HelpName = "FILE" };
    private readonly Option<float?> _minimumRating = new("--min-rating") { Description = "Ratings from this on count. Default: the protocol's", HelpName = "NUMBER" };
    private readonly Option<int?> _minimumPerUser = new("--min-per-user") { Description = "Users with fewer interactions are left out. Default: the protocol's", HelpName = "N" };
    private readonly Option<int?> _minimumPerItem = new("--min-per-item") { Description = "Items with fewer interactions are left out", HelpName = "N" };
    private readonly Option<int?> _maximumPerUser = new("--max-per-user") { Description = "Users with more interactions are left out", HelpName = "N" };
    private readonly Option<int?> _heldOutUsers = new("--held-out-users") { Description = "Validation users, and as many test users (strong, temporal)", HelpName = "N" };
    private readonly Option<int?> _repetitions = new("--repetitions") { Description = "Splits to repeat on (rating). Default 5", HelpName = "N" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it", HelpName = "N" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress" };
    private readonly DataArguments _reading = new();

    private CompareCommand()
    {
    }

    public static Command Create(Terminal terminal) => new CompareCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("compare", "Train models and compare them on the same test users");
        foreach (Option option in (Option[])[_data, _protocol, _models, _set, _seed, _metrics, _k, _outputFormat, _out, _splitFolder, _train, _validation, _test])
        {
            command.Add(option);
        }

        _reading.AddTo(command);
        foreach (Option option in (Option[])[_minimumRating, _minimumPerUser, _minimumPerItem, _maximumPerUser, _heldOutUsers, _repetitions, _threads, _quiet])
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore compare",
            "encore compare --data ml-1m --protocol weak --models ease",
            "encore compare --data ratings.csv --models popularity,ease:l2=200,ease:l2=500 --metrics ndcg,recall --k 10,100",
            "encore compare --data ml-1m --protocol rating --models rating-mean,rating-bias",
            "encore compare --split-dir data/ml-1m-strong --set ease.l2=500 --output markdown",
            "encore compare --train train.txt --test test.txt --models ease --metrics recall@20,ndcg@20");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<CompareFormat>(result.GetValue(_outputFormat), "--output");
        CheckNumbers(result);
        bool predefined = CheckSources(result);
        var protocol = Protocols.Create(result.GetValue(_protocol) ?? "strong", new ProtocolOptions
        {
            MinimumRating = result.GetValue(_minimumRating),
            MinimumPerUser = result.GetValue(_minimumPerUser),
            MinimumPerItem = result.GetValue(_minimumPerItem),
            MaximumPerUser = result.GetValue(_maximumPerUser),
            HeldOutUsers = result.GetValue(_heldOutUsers),
            Repetitions = result.GetValue(_repetitions),
        });
        var models = ModelList.Parse(result.GetValue(_models), result.GetValue(_set) ?? [], protocol.IsRating, protocol.Name);
        var metrics = MetricList(result.GetValue(_metrics), result.GetValue(_k), protocol);
        MetricNames.Check(metrics, protocol.IsRating);
        var files = result.GetValue(_out) is { } folder ? new ResultFolder(folder) : null;
        if (result.GetValue(_threads) is { } threads)
        {
            Workers.Count = threads;
        }

        var (report, data) = Work.Run(terminal, result.GetValue(_quiet), work =>
        {
            var reading = _reading.Read(result, new Relay<double>(f => work.At("read", f)), cancellationToken);
            var progress = new Relay<ExperimentProgress>(p => work.At(
                p.Repetitions == 1 ? $"{p.Model}: {p.Stage}" : Format.Text($"{p.Model} {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction));
            if (predefined)
            {
                var split = PredefinedSplit(result, reading, protocol.IsRating);
                return (new Experiment(split) { Models = models, Metrics = metrics, Seed = result.GetValue(_seed), Progress = progress }.Run(cancellationToken),
                    DataDescription.Of(result.GetValue(_splitFolder) ?? result.GetValue(_train)!, split));
            }

            string spec = result.GetValue(_data) ?? DataSpec.Demo;
            _reading.CheckUse(result, spec);
            var log = DataSpec.Load(spec, reading);
            work.At("split", 0);
            return (new Experiment(log, protocol) { Models = models, Metrics = metrics, Seed = result.GetValue(_seed), Progress = progress }.Run(cancellationToken),
                DataDescription.Of(spec, log));
        });

        files?.Write(report, data);
        CompareOutput.Write(report, data, format, terminal);
        foreach (var row in report.Rows.Where(r => r.Failure is not null))
        {
            terminal.Error.WriteLine($"error: {row.Model}: {row.Failure}");
        }

        return report.Rows.Any(r => r.Failure is not null) ? Tool.Failure : Tool.Success;
    }

    private void CheckNumbers(ParseResult result)
    {
        AtLeast(_minimumPerUser, 0);
        AtLeast(_minimumPerItem, 0);
        AtLeast(_maximumPerUser, 1);
        AtLeast(_heldOutUsers, 1);
        AtLeast(_repetitions, 1);
        AtLeast(_threads, 1);
        if (result.GetValue(_threads) is > MostThreads and var threads)
        {
            throw new ArgumentException(Format.Text($"--threads: found {threads}, expected at most {MostThreads}."));
        }

        if (result.GetValue(_minimumRating) is { } rating && !float.IsFinite(rating))
        {
            throw new ArgumentException(Format.Text($"--min-rating: found {rating}, expected a finite number."));
        }

        void AtLeast(Option<int?> option, int least)
        {
            if (result.GetValue(option) is { } found && found < least)
            {
                throw new ArgumentException(Format.Text($"{option.Name}: found {found}, expected at least {least}."));
            }
        }
    }

    // One source of data at a time; true for a split that came with it.
    private bool CheckSources(ParseResult result)
    {
        bool folder = result.GetValue(_splitFolder) is not null;
        bool files = result.GetValue(_train) is not null || result.GetValue(_test) is not null || result.GetValue(_validation) is not null;
        if (files && (result.GetValue(_train) is null || result.GetValue(_test) is null))
        {
            throw new ArgumentException("A split for known users needs both --train and --test.");
        }

        if ((folder && files) || ((folder || files) && result.GetValue(_data) is not null))
        {
            throw new ArgumentException("Found several sources, expected one of --data, --split-dir, and --train with --test.");
        }

        if (folder || files)
        {
            // What would change nothing is refused rather than ignored.
            Option[] useless = [_heldOutUsers, _repetitions, .. folder || result.GetValue(_protocol) is not (null or "rating") ? [_protocol] : Array.Empty<Option>()];
            if (Array.Find(useless, o => result.GetResult(o) is not null) is { } option)
            {
                throw new ArgumentException($"{option.Name}: the split came with the data, so there is nothing for it to do.");
            }
        }

        return folder || files;
    }

    private Split PredefinedSplit(ParseResult result, ReadOptions reading, bool isRating)
    {
        var filter = new InteractionFilter
        {
            MinimumRating = result.GetValue(_minimumRating),
            MinimumPerUser = result.GetValue(_minimumPerUser) ?? 0,
            MinimumPerItem = result.GetValue(_minimumPerItem) ?? 0,
            MaximumPerUser = result.GetValue(_maximumPerUser),
            Binarize = !isRating,
        };
        return result.GetValue(_splitFolder) is { } folder
            ? SplitReader.ReadFolder(folder, reading, filter)
            : SplitReader.ReadFiles(result.GetValue(_train)!, result.GetValue(_validation), result.GetValue(_test)!, reading, filter, isRating);
    }

    private static IReadOnlyList<string> MetricList(string? metrics, string? lengths, Protocol protocol)
    {
        const StringSplitOptions Clean = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        if (metrics is not null && metrics.Split(',', Clean).Length == 0)
        {
            throw new ArgumentException($"--metrics: found no name, expected at least one, such as {protocol.DefaultMetrics[^1]}.");
        }

        if (protocol.IsRating)
        {
            return lengths is null
                ? metrics?.Split(',', Clean) ?? protocol.DefaultMetrics
                : throw new ArgumentException("--k: ratings are predicted one by one, so there is no list with a length.");
        }

        if (lengths?.Split(',', Clean) is { } given && (given.Length == 0 || Array.Exists(given, k => !int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1)))
        {
            throw new ArgumentException($"--k: found {lengths}, expected whole numbers above 0 with commas between them, such as 10,100.");
        }

        // --k alone asks for the protocol's metrics at other lengths.
        string[] names = metrics?.Split(',', Clean)
            ?? [.. (lengths is null ? protocol.DefaultMetrics : protocol.DefaultMetrics.Select(m => m.Split('@')[0]).Distinct())];
        string[] ks = lengths?.Split(',', Clean) ?? [Format.Text($"{DefaultK}")];
        return [.. names.SelectMany(name => name.Contains('@', StringComparison.Ordinal) ? [name] : MetricNames.Rating.Contains(name) ? [name] : ks.Select(k => $"{name}@{k}")).Distinct()];
    }
}
