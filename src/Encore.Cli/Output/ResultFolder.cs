namespace Encore.Cli.Output;

/// <summary>The folder that a comparison leaves its results in. It is checked before the work and written after it.</summary>
internal sealed class ResultFolder
{
    private static readonly string[] Files = ["compare.json", "compare.csv", "compare.md", "per-user.csv"];

    private readonly string _folder;

    public ResultFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (Array.Find(Files, f => File.Exists(Path.Combine(folder, f))) is { } file)
        {
            throw new IOException($"{Path.Combine(folder, file)} is there already, and results are not overwritten. Choose another folder for --out.");
        }
    }

    public void Write(ExperimentReport report, DataDescription data)
    {
        Write("compare.json", CompareOutput.Json(report, data));
        Write("compare.csv", CompareOutput.Csv(report));
        Write("compare.md", CompareOutput.Markdown(report, data));
        Write("per-user.csv", CompareOutput.PerUser(report));
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder, name), temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path);
    }
}
