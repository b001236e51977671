using Encore.Experiments;
using Encore.Metrics;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>Several models on the same test users.</summary>
internal sealed class CompareKind : RunKind
{
    private const int DefaultK = 100;

    public override string Name => "compare";

    public override ModelCount Models => ModelCount.Several;

    public override IReadOnlyList<string> Formats { get; } = ["table", "json", "csv", "markdown"];

    public override RunWork Prepare(RunConfig config, Registry registry, bool resumes)
    {
        var input = new RunInput(config, registry);
        _ = input.Seeds; // checked before anything is read
        if (config.Models.Count == 0)
        {
            config = config with { Models = ModelList.Parse(null, registry.Models, input.IsRating, config.Data.NamesItemFeatures, input.IsWeighted) };
        }

        var models = ModelList.Resolve(config.Models, registry.Models, input.IsRating, input.Protocol);
        var metrics = MetricList(config.Evaluation, input);
        int shown = registry.Metrics.Parse(metrics, input.IsRating).Count;
        return new Comparison(config, input, models, metrics, shown, resumes);
    }

    private static IReadOnlyList<string> MetricList(EvaluationConfig config, RunInput input)
    {
        if (config.Metrics is { Count: 0 })
        {
            throw new RunConfigException("evaluation.metrics", $"found no name, expected at least one, such as {input.DefaultMetrics[^1]}.");
        }

        if (input.IsRating)
        {
            return config.K is null
                ? config.Metrics ?? input.DefaultMetrics
                : throw new RunConfigException("evaluation.k", "ratings are predicted one by one, so there is no list with a length.");
        }

        // Lengths alone ask for the protocol's metrics at other lengths.
        var names = config.Metrics ?? [.. config.K is null ? input.DefaultMetrics : input.DefaultMetrics.Select(m => m.Split('@')[0]).Distinct()];
        var lengths = config.K ?? [DefaultK];
        return [.. names.SelectMany(name => name.Contains('@', StringComparison.Ordinal) || input.Registry.Metrics.RatingNames.Contains(name) ? [name] : lengths.Select(k => Format.Text($"{name}@{k}"))).Distinct()];
    }

    private sealed class Comparison : RunWork
    {
        private readonly RunConfig _config;
        private readonly RunInput _input;
        private readonly IReadOnlyList<ExperimentModel> _models;
        private readonly IReadOnlyList<string> _measured;
        private readonly int _shown;
        private readonly ResultFolder? _files, _page;
        private readonly ListFiles? _lists;

        public Comparison(RunConfig config, RunInput input, IReadOnlyList<ExperimentModel> models, IReadOnlyList<string> metrics, int shown, bool resumes)
        {
            (_config, _input, _models, _shown) = (config, input, models, shown);
            _files = config.Output.Out is { } folder ? ResultFolder.OfComparison(folder) : null;
            _lists = config.Output.Out is { } lists ? new ListFiles(lists, [.. models.Select(m => m.Name)], config.Seed, resumes) : null;
            _page = config.Output.Report is { } report ? ResultFolder.OfReport(report) : null;
            _measured = _page is null || input.IsRating ? metrics : [.. metrics.Union(ComparisonFigures.Metrics)];
        }

        public override RunDescription Description => new() { Kind = "compare", Name = "compare", Protocol = _input.Protocol, Seed = _config.Seed };

        public override RunConfig Config => _config;

        public override RunResult Execute(RunSession session, CancellationToken cancellationToken)
        {
            var (log, split, data) = _input.Read(session, cancellationToken);
            session.Describe(data, _input.Protocol);
            session.Measures(_input.Measured(_measured));
            var full = _input.Experiment(
                (log, split), _models,
                p => session.At(p.Repetitions == 1 ? $"{p.Model}: {p.Stage}" : Format.Text($"{p.Model} {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction, p.Detail),
                session, _measured, _page is null || _input.IsRating ? 0 : ComparisonFigures.ListLength, _lists is null ? null : _lists.Begin).Run(cancellationToken);

            // What only figures need stays out of tables.
            string[] shown = [.. full.Metrics.Take(_shown)];
            var report = full with { Metrics = shown };
            Write(session, report, full, data);
            var failed = report.Rows.Where(r => r.Failure is not null).ToArray();
            foreach (var row in failed)
            {
                session.Say(RunMessage.Error, $"{row.Model}: {row.Failure}");
            }

            return new CompareResult
            {
                Outcome = failed.Length == 0
                    ? new RunOutcome(RunStatus.Finished, Best(report))
                    : new RunOutcome(RunStatus.Failed, Best(report), string.Join("; ", failed.Select(r => $"{r.Model}: {r.Failure}"))),
                Report = report,
                Full = full,
                Data = data,
            };
        }

        protected override void Dispose(bool disposing)
        {
            _lists?.Dispose();
            base.Dispose(disposing);
        }

        private void Write(RunSession session, ExperimentReport report, ExperimentReport full, DataDescription data)
        {
            _files?.Write(report, data);
            foreach (string model in _lists?.Missing(report) ?? [])
            {
                session.Say(RunMessage.Warning, $"the lists of {model}, which was measured before the run was resumed, are not there.");
            }

            if (_page is not null)
            {
                string page = CompareReport.Page(full, report.Metrics, data);
                _page.WriteReport(page, CompareOutput.Markdown(report, data), CompareOutput.Csv(full), CompareOutput.Json(full, data));
                session.Keep("report/report.html", page);
            }

            session.Keep("compare.md", CompareOutput.Markdown(report, data));
            session.Keep("compare.json", CompareOutput.Json(full, data));
        }

        // A comparison's own figure is its best model's.
        private static Dictionary<string, double> Best(ExperimentReport report) =>
            report.Metrics.Where(metric => report.Best(metric) is not null).ToDictionary(metric => metric, metric => report.Best(metric)!.Metrics[metric]).WithErrors();
    }
}

/// <summary>What a comparison, or the training of one model with several seeds, came to.</summary>
public sealed class CompareResult : RunResult
{
    /// <summary>The comparison with the metrics that were asked for.</summary>
    public required ExperimentReport Report { get; init; }

    /// <summary>The comparison with those that a report's figures need too.</summary>
    public required ExperimentReport Full { get; init; }

    /// <summary>The data.</summary>
    public required DataDescription Data { get; init; }
}

/// <summary>Metrics as a run's record has them.</summary>
internal static class MetricValues
{
    /// <summary>Means by name, and standard errors beside them.</summary>
    public static Dictionary<string, double> WithErrors(this IReadOnlyDictionary<string, MetricValue> metrics) => metrics
        .SelectMany(m => (KeyValuePair<string, double>[])[new(m.Key, m.Value.Mean), new(m.Key + MetricKeys.StandardError, m.Value.StandardError)]).ToDictionary();
}
