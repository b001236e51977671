using System.CommandLine;
using Encore.Cli.Output;
using Encore.Data;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Cli.Commands;

/// <summary><c>encore compare</c>: the main job, from a log to a ranked, honestly measured table.</summary>
internal static class CompareCommand
{
    private const int DefaultK = 100;

    private static readonly Option<string?> Data = new("--data", "-d") { Description = "demo (default), a data set's name, a file, or a data set's folder", HelpName = "SPEC" };
    private static readonly Option<string?> Protocol = new("--protocol", "-p") { Description = $"How to split and measure: {string.Join(", ", Protocols.Names)}. Default strong", HelpName = "NAME" };
    private static readonly Option<string?> Models = new("--models", "-m") { Description = "Models, with commas between them; options of one run behind colons: ease,ease:l2=200. Default: all that the protocol can measure", HelpName = "LIST" };
    private static readonly Option<string[]> Set = new("--set") { Description = "An option of a model, such as ease.l2=500; may be given several times", HelpName = "MODEL.OPTION=VALUE" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Seed of split, training and bootstrap", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Metrics = new("--metrics") { Description = "Metrics to show, such as ndcg@100,recall; without an @ the values of --k count. Default: the protocol's", HelpName = "LIST" };
    private static readonly Option<string?> K = new("--k") { Description = $"List lengths for metrics without an @, such as 10,100. Default {DefaultK}", HelpName = "LIST" };
    private static readonly Option<string?> OutputFormat = new("--output") { Description = "table (default), json, csv or markdown", HelpName = "FORMAT" };
    private static readonly Option<string?> Out = new("--out", "-o") { Description = "A folder for compare.json, compare.csv, compare.md and per-user.csv", HelpName = "DIR" };
    private static readonly Option<string?> SplitFolder = new("--split-dir") { Description = "A split for new users: train, [validation_history, validation_heldout,] test_history, test_heldout", HelpName = "DIR" };
    private static readonly Option<string?> Train = new("--train") { Description = "A split for known users: the training interactions; with --test", HelpName = "FILE" };
    private static readonly Option<string?> Validation = new("--validation") { Description = "Validation interactions beside --train and --test", HelpName = "FILE" };
    private static readonly Option<string?> Test = new("--test") { Description = "Test interactions beside --train", HelpName = "FILE" };
    private static readonly Option<float?> MinimumRating = new("--min-rating") { Description = "Ratings from this on count. Default: the protocol's" };
    private static readonly Option<int?> MinimumPerUser = new("--min-per-user") { Description = "Users with fewer interactions are left out. Default: the protocol's" };
    private static readonly Option<int?> MinimumPerItem = new("--min-per-item") { Description = "Items with fewer interactions are left out" };
    private static readonly Option<int?> MaximumPerUser = new("--max-per-user") { Description = "Users with more interactions are left out" };
    private static readonly Option<int?> HeldOutUsers = new("--held-out-users") { Description = "Validation users, and as many test users (strong, temporal)" };
    private static readonly Option<int?> Repetitions = new("--repetitions") { Description = "Splits to repeat on (rating). Default 5" };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "No progress" };
    private static readonly DataArguments Reading = new();

    public static Command Create(Terminal terminal)
    {
        var command = new Command("compare", "Train models and compare them on the same test users");
        foreach (Option option in (Option[])[Data, Protocol, Models, Set, Seed, Metrics, K, OutputFormat, Out, SplitFolder, Train, Validation, Test])
        {
            command.Add(option);
        }

        Reading.AddTo(command);
        foreach (Option option in (Option[])[MinimumRating, MinimumPerUser, MinimumPerItem, MaximumPerUser, HeldOutUsers, Repetitions, Threads, Quiet])
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

    private static int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<CompareFormat>(result.GetValue(OutputFormat), "--output");
        bool predefined = CheckSources(result);
        var protocol = Protocols.Create(result.GetValue(Protocol) ?? "strong", new ProtocolOptions
        {
            MinimumRating = result.GetValue(MinimumRating),
            MinimumPerUser = result.GetValue(MinimumPerUser),
            MinimumPerItem = result.GetValue(MinimumPerItem),
            MaximumPerUser = result.GetValue(MaximumPerUser),
            HeldOutUsers = result.GetValue(HeldOutUsers),
            Repetitions = result.GetValue(Repetitions),
        });
        var models = ModelList.Parse(result.GetValue(Models), result.GetValue(Set) ?? [], protocol.IsRating, protocol.Name);
        var metrics = MetricList(result.GetValue(Metrics), result.GetValue(K), protocol);
        MetricNames.Check(metrics, protocol.IsRating);
        var files = result.GetValue(Out) is { } folder ? new ResultFolder(folder) : null;
        if (result.GetValue(Threads) is { } threads)
        {
            Workers.Count = threads >= 1 ? threads : throw new ArgumentException($"--threads: found {threads}, expected at least 1.");
        }

        var (report, data) = Work.Run(terminal, result.GetValue(Quiet), work =>
        {
            var reading = Reading.Read(result, new Relay<double>(f => work.At("read", f)), cancellationToken);
            var progress = new Relay<ExperimentProgress>(p => work.At(
                p.Repetitions == 1 ? $"{p.Model}: {p.Stage}" : Format.Text($"{p.Model} {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction));
            if (predefined)
            {
                var split = PredefinedSplit(result, reading, protocol.IsRating);
                return (new Experiment(split) { Models = models, Metrics = metrics, Seed = result.GetValue(Seed), Progress = progress }.Run(cancellationToken),
                    DataDescription.Of(result.GetValue(SplitFolder) ?? result.GetValue(Train)!, split));
            }

            string spec = result.GetValue(Data) ?? DataSpec.Demo;
            var log = DataSpec.Load(spec, reading);
            work.At("split", 0);
            return (new Experiment(log, protocol) { Models = models, Metrics = metrics, Seed = result.GetValue(Seed), Progress = progress }.Run(cancellationToken),
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

    // One source of data at a time; true for a split that came with it.
    private static bool CheckSources(ParseResult result)
    {
        bool folder = result.GetValue(SplitFolder) is not null;
        bool files = result.GetValue(Train) is not null || result.GetValue(Test) is not null || result.GetValue(Validation) is not null;
        if (files && (result.GetValue(Train) is null || result.GetValue(Test) is null))
        {
            throw new ArgumentException("A split for known users needs both --train and --test.");
        }

        if ((folder && files) || ((folder || files) && result.GetValue(Data) is not null))
        {
            throw new ArgumentException("Found several sources, expected one of --data, --split-dir, and --train with --test.");
        }

        if (folder || files)
        {
            // What would change nothing is refused rather than ignored.
            Option[] useless = [HeldOutUsers, Repetitions, .. folder || result.GetValue(Protocol) is not (null or "rating") ? [Protocol] : Array.Empty<Option>()];
            if (Array.Find(useless, o => result.GetResult(o) is not null) is { } option)
            {
                throw new ArgumentException($"{option.Name}: the split came with the data, so there is nothing for it to do.");
            }
        }

        return folder || files;
    }

    private static Split PredefinedSplit(ParseResult result, ReadOptions reading, bool isRating)
    {
        var filter = new InteractionFilter
        {
            MinimumRating = result.GetValue(MinimumRating),
            MinimumPerUser = result.GetValue(MinimumPerUser) ?? 0,
            MinimumPerItem = result.GetValue(MinimumPerItem) ?? 0,
            MaximumPerUser = result.GetValue(MaximumPerUser),
            Binarize = !isRating,
        };
        return result.GetValue(SplitFolder) is { } folder
            ? SplitReader.ReadFolder(folder, reading, filter)
            : SplitReader.ReadFiles(result.GetValue(Train)!, result.GetValue(Validation), result.GetValue(Test)!, reading, filter, isRating);
    }

    private static IReadOnlyList<string> MetricList(string? metrics, string? lengths, Protocol protocol)
    {
        const StringSplitOptions Clean = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        if (protocol.IsRating)
        {
            return metrics?.Split(',', Clean) ?? protocol.DefaultMetrics;
        }

        // --k alone asks for the protocol's metrics at other lengths.
        string[] names = metrics?.Split(',', Clean)
            ?? [.. (lengths is null ? protocol.DefaultMetrics : protocol.DefaultMetrics.Select(m => m.Split('@')[0]).Distinct())];
        string[] ks = lengths?.Split(',', Clean) ?? [Format.Text($"{DefaultK}")];
        return [.. names.SelectMany(name => name.Contains('@', StringComparison.Ordinal) ? [name] : ks.Select(k => $"{name}@{k}")).Distinct()];
    }
}
