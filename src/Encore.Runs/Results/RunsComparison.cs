using System.Globalization;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>Runs side by side: a column a run, a row for what differs, for each figure, for each point of the curves.</summary>
public sealed class RunsComparison
{
    private readonly IReadOnlyList<Run> _runs;
    private readonly List<Section> _sections = [];

    private RunsComparison(IReadOnlyList<Run> runs) => _runs = runs;

    /// <summary>Compares runs.</summary>
    public static RunsComparison Of(RunStore store, IReadOnlyList<Run> runs, RunLines read)
    {
        var comparison = new RunsComparison(runs);
        comparison.AddDifferences();
        comparison.AddMetrics();
        comparison.AddCurves(store, read);
        return comparison;
    }

    /// <summary>The parts for people, each with a title and a table whose columns are called A, B, …</summary>
    public IEnumerable<(string Title, TextTable Table)> Parts => _sections.Select(s => (s.Title, Table(s.Rows, letters: true)));

    /// <summary>CSV with a line for each row.</summary>
    public string Csv() => Table(_sections.SelectMany(s => s.Rows.Select(r => r with { Name = $"{s.Key}: {r.Name}" }))).Csv();

    /// <summary>Markdown.</summary>
    public string Markdown() => string.Join('\n', _sections.Select(s => $"{s.Title}\n\n{Table(s.Rows).Markdown()}"));

    /// <summary>What a run is called in <see cref="Parts"/>.</summary>
    /// <param name="run">Its number, from 0.</param>
    public static string Letter(int run) => run < 26 ? ((char)('A' + run)).ToString() : Format.Text($"{run + 1}");

    private void AddDifferences()
    {
        var rows = new List<Row>();
        Differing("kind", r => r.Description.Kind);
        Differing("name", r => r.Description.Name);
        Differing("model", r => r.Description.Model);
        Differing("status", r => RunField.NameOf(r.Status));
        Differing("data", r => r.Description.Data?.Source);
        Differing("data's digest", r => r.Description.Data?.Fingerprint);
        Differing("features' digest", r => r.Description.Data?.Features);
        Differing("protocol", r => r.Description.Protocol);
        Differing("seed", r => r.Description.Seed.ToString(CultureInfo.InvariantCulture));
        Differing("tags", r => string.Join(", ", r.Description.Tags));
        foreach (string key in Keys(r => r.Description.Options.Keys))
        {
            Differing($"option {key}", r => r.Description.Options.GetValueOrDefault(key));
        }

        // Keys of the configuration that repeat what has a row already say nothing new.
        foreach (string key in Keys(r => r.Description.Config.Keys))
        {
            Differing(key, r => r.Description.Config.GetValueOrDefault(key));
        }

        Differing("commit", r => r.Commit);
        Differing("Encore", r => r.Machine.Encore);
        Differing("processor", r => r.Machine.Processor);
        Differing("threads", r => r.Machine.Threads.ToString(CultureInfo.InvariantCulture));
        _sections.Add(new Section("differences", rows.Count == 0 ? "Nothing that was asked for differs." : "What differs:", rows));

        void Differing(string name, Func<Run, string?> value)
        {
            if (_runs.Select(value).Distinct().Count() > 1)
            {
                rows.Add(new Row(name, [.. _runs.Select(r => new TextTable.Cell(value(r) ?? ""))]));
            }
        }
    }

    private void AddMetrics()
    {
        var rows = Keys(r => r.Metrics.Keys).Where(m => !m.EndsWith(MetricKeys.StandardError, StringComparison.Ordinal))
            .Select(name => Figures(name, [.. _runs.Select(r => r.Metrics.TryGetValue(name, out double v) ? v : (double?)null)],
                RunCells.HasBest(name) ? Run.PrefersLower(_runs, name) : null, v => RunCells.Number(name, v)))
            .ToArray();
        if (rows.Length > 0)
        {
            string[] smaller = [.. rows.Select(r => r.Name).Where(name => RunCells.HasBest(name) && Run.PrefersLower(_runs, name))];
            string sign = smaller.Length > 0 ? $"; lower is better: {string.Join(", ", smaller)}" : "";
            _sections.Add(new Section("metrics", $"What they reached (*: the best of a row, not tested for significance{sign}):", rows));
        }
    }

    private void AddCurves(RunStore store, RunLines read)
    {
        var points = _runs.Select(r => CurvePoints.Of(read.Read(store.MetricsOf(r.Id)), r)).ToArray();
        var rows = points.SelectMany(p => p).DistinctBy(p => p.Name)
            .Select(point => Figures(point.Name, [.. points.Select(p => p.Where(x => x.Name == point.Name).Select(x => (double?)x.Value).FirstOrDefault())], null,
                v => point.IsTime ? Format.Seconds(v) : RunCells.Number(point.Name, v)))
            .ToArray();
        if (rows.Length > 0)
        {
            _sections.Add(new Section("curve", "How they learned:", rows));
        }
    }

    private static Row Figures(string name, double?[] values, bool? lowerIsBetter, Func<double, string> text)
    {
        double? best = lowerIsBetter is null || values.Count(v => v is not null) < 2 ? null : lowerIsBetter.Value ? values.Min() : values.Max();
        return new Row(name, [.. values.Select(v => v is { } value ? new TextTable.Cell(text(value), Format.Exact(value), value == best) : new TextTable.Cell(""))]);
    }

    private IEnumerable<string> Keys(Func<Run, IEnumerable<string>> keys) => _runs.SelectMany(keys).Distinct();

    private TextTable Table(IEnumerable<Row> rows, bool letters = false)
    {
        var table = new TextTable([("", true), .. _runs.Select((r, i) => (letters ? Letter(i) : r.Id, false))]);
        foreach (var row in rows)
        {
            table.Add([row.Name, .. letters ? row.Cells.Select(c => c.IsBest ? c with { Text = c.Text + " *" } : c) : row.Cells]);
        }

        return table;
    }

    /// <summary>JSON.</summary>
    public string Json() => JsonText.Of(json =>
    {
        json.WriteStartArray("runs");
        foreach (var run in _runs)
        {
            json.WriteStringValue(run.Id);
        }

        json.WriteEndArray();
        foreach (var section in _sections)
        {
            json.WriteStartObject(section.Key);
            foreach (var row in section.Rows)
            {
                json.WriteStartArray(row.Name);
                foreach (var cell in row.Cells)
                {
                    if (cell.Exact is not null)
                    {
                        json.WriteRawValue(cell.Exact);
                    }
                    else if (cell.Text.Length == 0)
                    {
                        json.WriteNullValue();
                    }
                    else
                    {
                        json.WriteStringValue(cell.Text);
                    }
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    });

    private sealed record Section(string Key, string Title, IReadOnlyList<Row> Rows);

    private sealed record Row(string Name, IReadOnlyList<TextTable.Cell> Cells);
}
