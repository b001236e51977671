using Encore.Experiments;
using Encore.Numerics;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Article;

/// <summary>The article's comparison as a kind of run, which a program gives to the host of runs.</summary>
public sealed class ArticleKind : RunKind
{
    /// <summary>The key of the rows to run.</summary>
    public const string Rows = "article.rows";

    /// <summary>The key that leaves the honest protocols out.</summary>
    public const string TableOnly = "article.table-only";

    /// <summary>The key of far fewer epochs.</summary>
    public const string Quick = "article.quick";

    /// <summary>The article's data, which is what is compared on where no other is named.</summary>
    public const string Data = "ml-1m";

    /// <inheritdoc/>
    public override string Name => "article";

    /// <inheritdoc/>
    public override ModelCount Models => ModelCount.None;

    /// <inheritdoc/>
    public override string DefaultData => Data;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Formats { get; } = ["table", "json", "csv", "markdown"];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> SharedKeys { get; } = new Dictionary<string, string?>
    {
        ["seed"] = null,
        ["threads"] = null,
        ["plugins"] = null,
        ["data.source"] = $"MovieLens 1M by its name ({Data}, default), its folder or its file; any other log with ratings and times",
        ["output.report"] = null,
        ["output.format"] = "table (default), json, csv or markdown",
        ["tracking.tags"] = null,
        ["tracking.mlflow"] = null,
        ["tracking.mlflow-experiment"] = null,
        ["tracking.tensorboard"] = null,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Key(Rows, "--rows", ConfigKind.Texts, $"Rows of the table to run, with commas between them: {string.Join(", ", ArticleComparison.RowNames)}. Default: all") with { Example = "[\"ESAE\", \"CDAE\"]" },
        Key(TableOnly, "--table-only", ConfigKind.Boolean, "The article's table alone, without the honest protocols") with { IsFlag = true },
        Key(Quick, "--quick", ConfigKind.Boolean, "A tenth of the epochs or fewer: figures are not the article's, and the table says so") with { IsFlag = true },
    ];

    /// <inheritdoc/>
    public override RunWork Prepare(RunConfig config, Registry registry, bool resumes)
    {
        var compute = RunInput.ComputeOf(config.Threads);
        return new Comparison(registry, compute, config with { Data = config.Data with { Source = config.Data.Source ?? Data } });
    }

    private static ConfigKey Key(string key, string option, ConfigKind kind, string description) => new(
        key, option, kind, description, c => c.Settings.GetValueOrDefault(key), (c, v) => c with { Settings = new Dictionary<string, object>(c.Settings) { [key] = v } })
    { Kinds = ["article"] };

    private sealed class Comparison(Registry registry, Compute compute, RunConfig config) : RunWork
    {
        private readonly ResultFolder? _page = config.Output.Report is { } folder ? ResultFolder.OfReport(folder) : null;

        public override RunDescription Description => new() { Kind = "article", Name = "article", Seed = config.Seed };

        public override RunConfig Config => config;

        public override RunResult Execute(RunSession session, CancellationToken cancellationToken)
        {
            var log = DataReading.Load(config.Data.Source!, config.Data, config.Folder, session, cancellationToken);
            var data = DataDescription.Of(config.Shown(config.Data.Source!), log);
            session.Describe(data, null);
            var full = new ArticleComparison(log)
            {
                Journal = Journal(session),
                Rows = config.Settings.GetValueOrDefault(Rows) as IReadOnlyList<string> ?? ArticleComparison.RowNames,
                Honest = config.Settings.GetValueOrDefault(TableOnly) is not true,
                Quick = config.Settings.GetValueOrDefault(Quick) is true,
                Seed = config.Seed,
                Compute = compute,
                MoreRankingMetrics = _page is null ? [] : ComparisonFigures.Metrics,
                CountItemsAt = _page is null ? 0 : ComparisonFigures.ListLength,
                Finished = new Relay<ArticleRow>(row => session.Say(RunMessage.Progress, ArticleLines.Summary(row))),
                Progress = new Relay<ExperimentProgress>(p => session.At($"{p.Model}: {p.Stage}", p.Fraction, p.Detail)),
            }.Run(cancellationToken);
            var report = full with { Honest = [.. full.Honest.Select(h => h with { Metrics = Shown(h) })] };
            if (_page is not null)
            {
                string page = ArticleReportPage.Page(full, Shown, data, compute.Threads);
                _page.WriteReport(page, ArticleOutput.Markdown(report, data), ArticleOutput.Csv(report), ArticleOutput.Json(full, data));
                session.Keep("report/report.html", page);
            }

            session.Keep("article.md", ArticleOutput.Markdown(report, data));
            session.Keep("article.json", ArticleOutput.Json(full, data));
            string[] failed = [.. report.Honest.SelectMany(h => h.Rows).Where(r => r.Failure is not null).Select(r => $"{r.Model}: {r.Failure}")];
            return new ArticleResult
            {
                Outcome = new RunOutcome(failed.Length == 0 ? RunStatus.Finished : RunStatus.Failed, new Dictionary<string, double>(), failed.Length == 0 ? null : string.Join("; ", failed)),
                Report = report,
                Data = data,
            };
        }

        private static ArticleJournal? Journal(RunSession session)
        {
            if (session.Tracker is null || session.Run is null)
            {
                return null;
            }

            var journal = new ArticleJournal(session.Tracker, session.Run);
            return session.Own(journal, journal.Finish);
        }

        // The protocol's own metrics; the others are there for figures.
        private IReadOnlyList<string> Shown(ExperimentReport report) => RunInput.MetricsOf(report.Split.Protocol, registry);
    }
}

/// <summary>What the article's comparison came to.</summary>
public sealed class ArticleResult : RunResult
{
    /// <summary>The comparison; of the honest protocols it names the metrics that are shown.</summary>
    public required ArticleReport Report { get; init; }

    /// <summary>What it was run on.</summary>
    public required DataDescription Data { get; init; }
}
