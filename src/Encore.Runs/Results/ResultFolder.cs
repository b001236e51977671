using Encore.Experiments;
using Encore.Storage;

namespace Encore.Runs;

/// <summary>A folder that a command leaves results in. It is checked before the work and written after it.</summary>
public sealed class ResultFolder
{
    private readonly string _folder;

    /// <summary>Makes the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="option">The option that named it, for errors.</param>
    /// <param name="files">What will be written.</param>
    /// <exception cref="IOException">A file already exists.</exception>
    public ResultFolder(string folder, string option, params string[] files)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (Array.Find(files, f => File.Exists(Path.Combine(folder, f))) is { } file)
        {
            throw new IOException($"{Path.Combine(folder, file)} already exists, and results are not overwritten. Choose another folder for {option}.");
        }
    }

    /// <summary>The files of <c>--out</c>.</summary>
    public static ResultFolder OfComparison(string folder) =>
        new(folder, "--out", "compare.json", "compare.csv", "compare.md", "per-user.csv");

    /// <summary>The files of <c>--report</c>.</summary>
    public static ResultFolder OfReport(string folder) =>
        new(folder, "--report", "report.html", "report.md", "report.csv", "report.json");

    /// <summary>Writes a comparison's files.</summary>
    public void Write(ExperimentReport report, DataDescription data)
    {
        Write("compare.json", CompareOutput.Json(report, data));
        Write("compare.csv", CompareOutput.Csv(report));
        Write("compare.md", CompareOutput.Markdown(report, data));
        if (report.Seeds == 1) // each seed has test users of its own
        {
            Write("per-user.csv", CompareOutput.PerUser(report));
        }
    }

    /// <summary>Writes a report's files.</summary>
    /// <param name="page">The page in HTML.</param>
    /// <param name="markdown">The same numbers as Markdown.</param>
    /// <param name="csv">As CSV.</param>
    /// <param name="json">As JSON.</param>
    public void WriteReport(string page, string markdown, string csv, string json)
    {
        Write("report.html", page);
        Write("report.md", markdown);
        Write("report.csv", csv);
        Write("report.json", json);
    }

    /// <summary>Writes one file; it has its name only once it is complete.</summary>
    public void Write(string name, string text) => AtomicFile.WriteText(Path.Combine(_folder, name), text, overwrite: false);
}
