using System.CommandLine;
using Encore.Article;
using Encore.Cli.Output;
using Encore.Data;
using Encore.Experiments;
using Encore.Numerics;
using Encore.Runs;
using Encore.Splitting;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore article</c>: the article's table as its code came to it, and as it should be.</summary>
internal sealed class ArticleCommand
{
    private const string DefaultData = "ml-1m";

    private readonly Option<string?> _data = new("--data", "-d") { Description = $"MovieLens 1M by its name ({DefaultData}, default), its folder or its file; any other log with ratings and times", HelpName = "SPEC" };
    private readonly Option<string?> _rows = new("--rows") { Description = $"Rows of the table to run, with commas between them: {string.Join(", ", ArticleComparison.RowNames)}. Default: all", HelpName = "LIST" };
    private readonly Option<bool> _tableOnly = new("--table-only") { Description = "The article's table alone, without the honest protocols" };
    private readonly Option<bool> _quick = new("--quick") { Description = "A tenth of the epochs or fewer: figures are not the article's, and the table says so" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of splits, training and bootstrap", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _output = new("--output") { Description = "table (default), json, csv or markdown", HelpName = "FORMAT" };
    private readonly Option<string?> _report = new("--report") { Description = "A folder for a page with figures (report.html), and the same as report.md, report.csv and report.json", HelpName = "DIR" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it", HelpName = "N" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no line for each row" };

    private readonly RunArguments _runs = new();

    private ArticleCommand()
    {
    }

    public static Command Create(Terminal terminal) => new ArticleCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("article", "Reproduce an article's comparison on MovieLens 1M, as its code measured and as it should be measured");
        foreach (Option option in (Option[])[_data, _rows, _tableOnly, _quick, _seed, _output, _report, _threads, _quiet])
        {
            command.Add(option);
        }

        _runs.AddTo(command);

        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore article",
            "encore article --quick --report report",
            "encore article --data downloads/ml-1m --rows ESAE,CDAE --output markdown");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<CompareFormat>(result.GetValue(_output), "--output");
        if (result.GetValue(_threads) is { } threads)
        {
            Workers.Count = threads is >= 1 and <= 1024
                ? threads
                : throw new ArgumentException(Format.Text($"--threads: found {threads}, expected 1 to 1024."));
        }

        var page = result.GetValue(_report) is { } folder ? ResultFolder.OfReport(folder) : null;
        string spec = result.GetValue(_data) ?? DefaultData;
        return _runs.Run(result, terminal, !result.GetValue(_quiet), new RunDescription { Kind = "article", Name = "article", Seed = result.GetValue(_seed) }, new RunModels([]), Compare);

        (int, RunOutcome) Compare(RunSession run, Terminal terminal)
        {
            var (full, data) = Work.Run(terminal, result.GetValue(_quiet), work =>
            {
                var log = DataSpec.Load(spec, new ReadOptions { Understood = work.Understood, Progress = new Relay<double>(f => work.At("read", f)), CancellationToken = cancellationToken });
                run.Describe(DataDescription.Of(spec, log).ToRunData(), null);
                var comparison = new ArticleComparison(log)
                {
                    Journal = run.Article(),
                    Rows = result.GetValue(_rows)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? ArticleComparison.RowNames,
                    Honest = !result.GetValue(_tableOnly),
                    Quick = result.GetValue(_quick),
                    Seed = result.GetValue(_seed),
                    MoreMetrics = page is null ? null : protocol => protocol.IsRating ? [] : ComparisonFigures.Metrics,
                    CountItemsAt = page is null ? 0 : ComparisonFigures.ListLength,
                    Finished = result.GetValue(_quiet) ? null : new Relay<ArticleRow>(row => terminal.Error.WriteLine(ArticleLines.Short(row))),
                    Progress = new Relay<ExperimentProgress>(p => work.At($"{p.Model}: {p.Stage}", p.Fraction, p.Detail)),
                };
                return (comparison.Run(cancellationToken), DataDescription.Of(spec, log));
            });
            var report = full with { Honest = [.. full.Honest.Select(h => h with { Metrics = Shown(h) })] };
            if (page is not null)
            {
                page.Write("report.html", ArticleReportPage.Page(full, Shown, data));
                page.Write("report.md", ArticleOutput.Markdown(report, data));
                page.Write("report.csv", ArticleOutput.Csv(report));
                page.Write("report.json", ArticleOutput.Json(full, data));
                run.Keep("report/report.html", ArticleReportPage.Page(full, Shown, data));
            }

            ArticleOutput.Write(report, data, format, terminal);
            run.Keep("article.md", ArticleOutput.Markdown(report, data));
            run.Keep("article.json", ArticleOutput.Json(full, data));
            var failed = report.Honest.SelectMany(h => h.Rows).Where(r => r.Failure is not null).ToArray();
            return failed.Length == 0
                ? (Tool.Success, new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()))
                : (Tool.Failure, new RunOutcome(RunStatus.Failed, new Dictionary<string, double>(), string.Join("; ", failed.Select(r => $"{r.Model}: {r.Failure}"))));
        }
    }

    // The protocol's own metrics; the others are there for figures.
    private static IReadOnlyList<string> Shown(ExperimentReport report) => Protocols.Create(report.Split.Protocol).DefaultMetrics;
}
