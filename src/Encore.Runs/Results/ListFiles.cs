using System.Globalization;
using System.Text;
using Encore.Experiments;
using Encore.Storage;

namespace Encore.Runs;

/// <summary>
/// What every model of a comparison recommended to each test user, or predicted of each held-out rating: a file a model in
/// the folder <c>lists</c>, for others to measure. A file has its name only once it is complete.
/// </summary>
public sealed class ListFiles : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _models;
    private readonly ulong _seed;
    private StreamWriter? _writer;
    private AtomicFile? _file;

    /// <summary>Checks the folder.</summary>
    /// <param name="folder">The folder of <c>--out</c>.</param>
    /// <param name="models">The models' names in the comparison.</param>
    /// <param name="seed">The comparison's first seed.</param>
    /// <param name="resumes">Whether files of models that are done already are expected.</param>
    /// <exception cref="IOException">Lists exist already.</exception>
    public ListFiles(string folder, IReadOnlyList<string> models, ulong seed, bool resumes)
    {
        (_folder, _models, _seed) = (Path.Combine(folder, "lists"), models, seed);
        if (!resumes && Directory.Exists(_folder) && Directory.EnumerateFiles(_folder, "*.csv").FirstOrDefault() is { } file)
        {
            throw new IOException($"{file} already exists, and results are not overwritten. Choose another folder for --out.");
        }
    }

    /// <summary>Takes away what a run that failed or was stopped had begun.</summary>
    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        finally
        {
            _file?.Dispose();
            (_writer, _file) = (null, null);
        }
    }

    /// <summary>The file of a model's run, made with its first list.</summary>
    public ListTaker Begin(ModelRunKey run, Split split)
    {
        Dispose();
        string path = PathOf(run);
        return new ListTaker(Take, Complete);

        void Take(int user, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
        {
            var writer = _writer ??= Open(path, split);
            string name = CsvText.Quoted(split.Test.History.Users[user]);
            for (int r = 0; r < items.Length; r++)
            {
                string item = CsvText.Quoted(split.Test.History.Items[items[r]]);
                writer.WriteLine(split.IsRating
                    ? string.Create(CultureInfo.InvariantCulture, $"{name},{item},{scores[r]:R}")
                    : string.Create(CultureInfo.InvariantCulture, $"{name},{item},{r + 1},{scores[r]:R}"));
            }
        }

        void Complete()
        {
            (_writer ??= Open(path, split)).Dispose();
            _writer = null;
            _file!.Commit();
        }
    }

    private StreamWriter Open(string path, Split split)
    {
        Directory.CreateDirectory(_folder);
        _file = new AtomicFile(path);
        var writer = new StreamWriter(_file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(split.IsRating ? "user,item,prediction" : "user,item,rank,score");
        return writer;
    }

    /// <summary>The models whose lists are not there, such as those that an earlier process measured and whose files are
    /// gone.</summary>
    public IEnumerable<string> Missing(ExperimentReport report) =>
        report.Rows.Where(row => row.Failure is null && !File.Exists(PathOf(new ModelRunKey(row.Model, 0, _seed)))).Select(row => row.Model);

    private string PathOf(ModelRunKey run)
    {
        string seed = run.Repetition == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".seed-{run.Seed}");
        return Path.Combine(_folder, $"{FileName(run.Model)}{seed}.csv");
    }

    // ease:l2=200 is no name of a file everywhere; two models must not meet in one.
    private string FileName(string model)
    {
        string name = Plain(model);
        int before = _models.TakeWhile(m => m != model).Count(m => Plain(m) == name);
        return before == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{before + 1}");
    }

    private static string Plain(string model) => string.Concat(model.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '=' or '_' or '-' ? c : '-'));
}
