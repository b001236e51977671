using System.Globalization;
using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>What a run was asked for and ran on, key by key, so that runs can be set side by side.</summary>
internal static class Facts
{
    public static IReadOnlyList<(string Key, string Value)> Of(Run run)
    {
        var about = run.Description;
        (string, string?)[] first =
        [
            ("kind", about.Kind), ("model", about.Model), ("data", about.Data?.Source), ("data.fingerprint", about.Data?.Fingerprint), ("data.split", about.Data?.Split),
            ("data.users", Number(about.Data?.Users)), ("data.items", Number(about.Data?.Items)), ("data.interactions", Number(about.Data?.Interactions)),
            ("protocol", about.Protocol), ("seed", Number(about.Seed)), ("repetition", about.Repetition > 0 ? Number(about.Repetition) : null),
        ];
        (string, string?)[] last =
        [
            ("commit", run.Commit), ("encore", run.Machine.Encore), ("runtime", run.Machine.Runtime), ("system", run.Machine.System), ("processor", run.Machine.Processor), ("threads", Number(run.Machine.Threads)),
        ];
        var named = first.Select(f => f.Item1).Append(about.Data is null ? "" : "data.source").ToHashSet(); // the source is the data's name
        return [.. first.Concat(about.Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => (o.Key, (string?)o.Value)))
            .Concat(about.Config.Where(c => !about.Options.ContainsKey(c.Key) && !named.Contains(c.Key)).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, (string?)c.Value)))
            .Concat(last).Where(f => !string.IsNullOrEmpty(f.Item2)).Select(f => (f.Item1, f.Item2!)).DistinctBy(f => f.Item1)];
    }

    /// <summary>The keys of runs with each one's value, empty where a run has none.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="onlyDifferences">Whether keys are left out whose value is the same for all.</param>
    public static IReadOnlyList<(string Key, IReadOnlyList<string> Values)> SideBySide(IReadOnlyList<Run> runs, bool onlyDifferences)
    {
        var facts = runs.Select(r => Of(r).ToDictionary(f => f.Key, f => f.Value)).ToArray();
        return [.. runs.SelectMany(Of).Select(f => f.Key).Distinct()
            .Select(key => (key, (IReadOnlyList<string>)[.. facts.Select(f => f.GetValueOrDefault(key, ""))]))
            .Where(row => !onlyDifferences || row.Item2.Distinct().Count() > 1)];
    }

    private static string? Number(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);
}
