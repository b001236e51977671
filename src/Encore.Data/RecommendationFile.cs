using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DuckDB.NET.Data;
using Encore.Recommending;
using Encore.Storage;

namespace Encore.Data;

/// <summary>
/// Recommendations on their way to a file with the columns user, item, rank (from 1), score and fallback (empty, or
/// <c>popularity</c> or <c>itemOrder</c> where that stood in for the model: <see cref="Recommendations.Fallback"/>):
/// Parquet, CSV, or JSON lines, by the file's ending. Parts are written to a folder beside the file, each as a whole, and joined at the end; a
/// run that was stopped finds the parts that it had.
/// </summary>
public sealed class RecommendationFile
{
    /// <summary>The columns.</summary>
    public const string Columns = "user,item,rank,score,fallback";

    private const string IdentityFile = "identity", CountEnding = ".fallbacks";

    private readonly string _path;
    private readonly string _ending;

    private RecommendationFile(string path, string ending) => (_path, _ending) = (path, ending);

    private string Folder => _path + ".parts";

    /// <summary>A file to write.</summary>
    /// <exception cref="ArgumentException">The ending names no format that can be written.</exception>
    public static RecommendationFile For(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        return ending is ".parquet" or ".csv" or ".jsonl"
            ? new RecommendationFile(path, ending)
            : throw new ArgumentException($"Found file {path}, expected one that ends with .parquet, .csv or .jsonl.");
    }

    /// <summary>How many users got a fallback, once the file is finished.</summary>
    public int FallbackUsers { get; private set; }

    /// <summary>Begins, or goes on with the parts that are there.</summary>
    /// <param name="identity">What the result depends on: parts that were written for another identity are thrown
    /// away.</param>
    public void Open(string identity)
    {
        string file = Path.Combine(Folder, IdentityFile);
        if (Directory.Exists(Folder) && (!File.Exists(file) || File.ReadAllText(file) != identity))
        {
            Directory.Delete(Folder, recursive: true);
        }

        Directory.CreateDirectory(Folder);
        File.WriteAllText(file, identity);
    }

    /// <summary>Whether a part is complete.</summary>
    public bool Has(int part) => File.Exists(Part(part));

    /// <summary>Writes a part.</summary>
    /// <param name="part">Its number, from 0 without gaps.</param>
    /// <param name="users">The users.</param>
    /// <param name="answers">What is recommended to each.</param>
    public void Write(int part, Histories users, IReadOnlyList<Recommendations> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        using var file = new AtomicFile(Part(part));
        string temporary = file.TemporaryPath;
        switch (_ending)
        {
            case ".parquet":
                WriteParquet(temporary, users, answers);
                break;
            case ".csv":
                WriteCsv(temporary, users, answers);
                break;
            default:
                WriteJson(temporary, users, answers);
                break;
        }

        File.WriteAllText(Part(part) + CountEnding, answers.Count(a => a.Fallback != Fallback.None).ToString(CultureInfo.InvariantCulture));
        file.Commit();
    }

    /// <summary>Joins the parts into the file.</summary>
    /// <returns>The number of recommendations.</returns>
    public long Finish()
    {
        string[] parts = [.. Enumerable.Range(0, int.MaxValue).Select(Part).TakeWhile(File.Exists)];
        FallbackUsers = parts.Sum(part => int.Parse(File.ReadAllText(part + CountEnding), CultureInfo.InvariantCulture));
        using var file = new AtomicFile(_path);
        long count = _ending == ".parquet" ? JoinParquet(parts, file.TemporaryPath) : JoinText(parts, file.TemporaryPath);
        file.Commit();
        Directory.Delete(Folder, recursive: true);
        return count;
    }

    private string Part(int part) => Path.Combine(Folder, part.ToString("D6", CultureInfo.InvariantCulture) + _ending);

    private static void WriteParquet(string path, Histories users, IReadOnlyList<Recommendations> answers)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        Execute(connection, "CREATE TABLE recommendations (\"user\" VARCHAR, item VARCHAR, rank INTEGER, score FLOAT, fallback VARCHAR)");
        using (var appender = connection.CreateAppender("recommendations"))
        {
            for (int u = 0; u < answers.Count; u++)
            {
                string user = users.User(u);
                for (int k = 0; k < answers[u].Count; k++)
                {
                    var row = appender.CreateRow().AppendValue(user).AppendValue(answers[u][k].Item).AppendValue(k + 1).AppendValue(answers[u][k].Score);
                    (Name(answers[u]) is { } fallback ? row.AppendValue(fallback) : row.AppendNullValue()).EndRow();
                }
            }
        }

        Execute(connection, $"COPY recommendations TO {Text.Literal(path)} (FORMAT parquet, COMPRESSION zstd)");
    }

    private static long JoinParquet(string[] parts, string path)
    {
        if (parts.Length == 1)
        {
            File.Copy(parts[0], path, overwrite: true);
        }

        using var db = new DuckDb();
        if (parts.Length != 1)
        {
            db.Execute($"COPY (SELECT * FROM read_parquet([{string.Join(", ", parts.Select(Text.File))}])) TO {Text.Literal(path)} (FORMAT parquet, COMPRESSION zstd)");
        }

        return long.Parse(db.Rows($"SELECT count(*) FROM read_parquet({Text.File(path)})")[0][0]!, CultureInfo.InvariantCulture);
    }

    private static void WriteCsv(string path, Histories users, IReadOnlyList<Recommendations> answers)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        for (int u = 0; u < answers.Count; u++)
        {
            string user = Text.Field(users.User(u));
            for (int k = 0; k < answers[u].Count; k++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{user},{Text.Field(answers[u][k].Item)},{k + 1},{answers[u][k].Score:R},{Name(answers[u])}"));
            }
        }
    }

    private static string? Name(Recommendations answer) => answer.Fallback == Fallback.None ? null
        : JsonNamingPolicy.CamelCase.ConvertName(answer.Fallback.ToString());

    private static void WriteJson(string path, Histories users, IReadOnlyList<Recommendations> answers)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        for (int u = 0; u < answers.Count; u++)
        {
            for (int k = 0; k < answers[u].Count; k++)
            {
                json.WriteStartObject();
                json.WriteString("user", users.User(u));
                json.WriteString("item", answers[u][k].Item);
                json.WriteNumber("rank", k + 1);
                json.WriteNumber("score", answers[u][k].Score);
                if (Name(answers[u]) is { } fallback)
                {
                    json.WriteString("fallback", fallback);
                }

                json.WriteEndObject();
                json.Flush();
                file.WriteByte((byte)'\n');
                json.Reset();
            }
        }
    }

    private long JoinText(string[] parts, string path)
    {
        using var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        if (_ending == ".csv")
        {
            output.Write(Encoding.UTF8.GetBytes(Columns + "\n"));
        }

        long lines = 0;
        byte[] buffer = new byte[1 << 16];
        foreach (string part in parts)
        {
            using var input = File.OpenRead(part);
            for (int read; (read = input.Read(buffer)) > 0;)
            {
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                output.Write(buffer, 0, read);
            }
        }

        return lines;
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
