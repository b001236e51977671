using System.CommandLine;
using System.Globalization;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Runs;
using Encore.Splitting;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore compare</c>: the main job, from a log to a ranked, honestly measured table.</summary>
internal sealed class CompareCommand
{
    private const int DefaultK = 100;

    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, with commas between them; options of one run behind colons: ease,ease:l2=200; all: every model that the protocol can measure. Default: those of them that need no epochs", HelpName = "LIST" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option of a model, such as ease.l2=500; may be given several times", HelpName = "MODEL.OPTION=VALUE" };
    private readonly Option<string?> _metrics = new("--metrics") { Description = "Metrics to show, such as ndcg@100,recall; without an @ the values of --k count. Default: the protocol's", HelpName = "LIST" };
    private readonly Option<string?> _k = new("--k") { Description = $"List lengths for metrics without an @, such as 10,100. Default {DefaultK}", HelpName = "LIST" };
    private readonly Option<string?> _outputFormat = new("--output") { Description = "table (default), json, csv or markdown", HelpName = "FORMAT" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "A folder for compare.json, compare.csv, compare.md, of one seed per-user.csv, and lists/: what each model recommended or predicted", HelpName = "DIR" };
    private readonly Option<string?> _report = new("--report") { Description = "A folder for a page with figures (report.html), and the same as report.md, report.csv and report.json", HelpName = "DIR" };
    private readonly Option<int?> _repeat = SplitArguments.MakeRepeat();
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress" };

    private readonly SplitArguments _source = new();
    private readonly RunArguments _runs = new();

    private CompareCommand()
    {
    }

    public static Command Create(Terminal terminal) => new CompareCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("compare", "Train models and compare them on the same test users");
        _source.AddSourcesTo(command);
        foreach (Option option in (Option[])[_models, _set, _metrics, _k, _repeat, _outputFormat, _out, _report])
        {
            command.Add(option);
        }

        _source.AddDetailsTo(command);
        command.Add(_quiet);
        _runs.AddTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore compare",
            "encore compare --data ml-1m --protocol weak --models ease",
            "encore compare --data ratings.csv --models popularity,ease:l2=200,ease:l2=500 --metrics ndcg,recall --k 10,100",
            "encore compare --data ml-1m --protocol rating --models rating-bias,autorec",
            "encore compare --models all --report report",
            "encore compare --split-dir data/ml-1m-strong --set ease.l2=500 --output markdown",
            "encore compare --train train.txt --test test.txt --models ease --metrics recall@20,ndcg@20");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<CompareFormat>(result.GetValue(_outputFormat), "--output");
        var protocol = _source.Protocol(result);
        int seeds = SplitArguments.Seeds(result, _repeat, protocol);
        var models = ModelList.Parse(result.GetValue(_models), result.GetValue(_set) ?? [], protocol.IsRating, protocol.Name);
        var metrics = MetricList(result.GetValue(_metrics), result.GetValue(_k), protocol);
        int shownMetrics = MetricCatalog.BuiltIn.Parse(metrics, protocol.IsRating).Count;
        var files = result.GetValue(_out) is { } folder ? ResultFolder.OfComparison(folder) : null;
        using var lists = result.GetValue(_out) is { } listFolder ? new ListFiles(listFolder, [.. models.Select(m => m.Name)], _source.Seed(result), _runs.ShouldContinue(result)) : null;
        var page = result.GetValue(_report) is { } reportFolder ? ResultFolder.OfReport(reportFolder) : null;
        var measured = page is null || protocol.IsRating ? metrics : [.. metrics.Union(ComparisonFigures.Metrics)];
        int countAt = page is null || protocol.IsRating ? 0 : ComparisonFigures.ListLength;
        return _runs.Run(result, terminal, !result.GetValue(_quiet), new RunDescription { Kind = "compare", Name = "compare", Protocol = protocol.Name, Seed = _source.Seed(result) }, RunModels.Of(models), Compare);

        (int, RunOutcome) Compare(RunSession run, Terminal terminal)
        {
            var (full, data) = Work.Run(terminal, result.GetValue(_quiet), work =>
            {
                var (log, split, description) = _source.Read(result, protocol, work, cancellationToken);
                run.Describe(description.ToRunData(), protocol.Name);
                var progress = new Relay<ExperimentProgress>(p => work.At(
                    p.Repetitions == 1 ? $"{p.Model}: {p.Stage}" : Format.Text($"{p.Model} {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction, p.Detail));
                var experiment = split is null
                    ? new Experiment(log!, protocol) { Lists = lists is null ? null : lists.Begin, Models = models, Metrics = measured, CountItemsAt = countAt, Seed = _source.Seed(result), Seeds = seeds, Progress = progress, Journal = run.Journal(models), MeasuresMemory = true }
                    : new Experiment(split) { Lists = lists is null ? null : lists.Begin, Models = models, Metrics = measured, CountItemsAt = countAt, Seed = _source.Seed(result), Seeds = seeds, Progress = progress, Journal = run.Journal(models), MeasuresMemory = true };
                return (experiment.Run(cancellationToken), description);
            });

            // What only figures need stays out of tables.
            string[] shown = [.. full.Metrics.Take(shownMetrics)];
            var report = full with { Metrics = shown };
            files?.Write(report, data);
            foreach (string model in lists?.Missing(report) ?? [])
            {
                terminal.Error.WriteLine($"warning: the lists of {model}, which was measured before the run was resumed, are not there.");
            }

            if (page is not null)
            {
                page.Write("report.html", CompareReport.Page(full, shown, data));
                page.Write("report.md", CompareOutput.Markdown(report, data));
                page.Write("report.csv", CompareOutput.Csv(full));
                page.Write("report.json", CompareOutput.Json(full, data));
                run.Keep("report/report.html", CompareReport.Page(full, shown, data));
            }

            CompareTable.Write(report, data, format, terminal);
            foreach (var row in report.Rows.Where(r => r.Failure is not null))
            {
                terminal.Error.WriteLine($"error: {row.Model}: {row.Failure}");
            }

            run.Keep("compare.md", CompareOutput.Markdown(report, data));
            run.Keep("compare.json", CompareOutput.Json(full, data));
            var failed = report.Rows.Where(r => r.Failure is not null).ToArray();
            return failed.Length == 0
                ? (Tool.Success, new RunOutcome(RunStatus.Finished, Best(report)))
                : (Tool.Failure, new RunOutcome(RunStatus.Failed, Best(report), string.Join("; ", failed.Select(r => $"{r.Model}: {r.Failure}"))));
        }
    }

    // A comparison's own figure is its best model's.
    private static Dictionary<string, double> Best(ExperimentReport report)
    {
        var values = new Dictionary<string, double>();
        foreach (string metric in report.Metrics)
        {
            if (report.Best(metric) is { } best)
            {
                values[metric] = best.Metrics[metric].Mean;
                values[metric + MetricKeys.StandardError] = best.Metrics[metric].StandardError;
            }
        }

        return values;
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
        return [.. names.SelectMany(name => name.Contains('@', StringComparison.Ordinal) ? [name] : MetricCatalog.BuiltIn.RatingNames.Contains(name) ? [name] : ks.Select(k => $"{name}@{k}")).Distinct()];
    }
}
