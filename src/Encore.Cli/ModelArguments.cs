using System.CommandLine;
using System.Globalization;
using Encore.Numerics;

namespace Encore.Cli;

/// <summary>The model file and the options that say whom to recommend what, shared by the commands that use a model.</summary>
internal sealed class ModelArguments
{
    private readonly Argument<string> _file = new("file") { Description = "A model file, as encore train MODEL --out writes one", HelpName = "FILE" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it", HelpName = "N" };
    private readonly Option<int> _k = new("--k", "-k") { Description = "How many items", HelpName = "N", DefaultValueFactory = _ => 10 };
    private readonly Option<string[]> _where = new("--where") { Description = "What an item must be, such as genres=Comedy|Drama or genres!=Horror; may be given several times", HelpName = "FILTER" };
    private readonly Option<string?> _allow = new("--allow") { Description = "The only items that may be recommended, with commas between, or @FILE with one a line", HelpName = "ITEMS" };
    private readonly Option<string?> _deny = new("--deny") { Description = "Items that may not be recommended, written likewise", HelpName = "ITEMS" };
    private readonly Option<int> _minimumUsers = new("--min-users") { Description = "Items with fewer training users are left out", HelpName = "N" };
    private readonly Option<double> _discount = new("--discount") { Description = "How much popular items are held back: 0 (default) not at all, 1 much", HelpName = "NUMBER" };
    private readonly Option<double> _diversity = new("--diversity") { Description = "How much a list avoids items that are alike: 0 (default) … 1", HelpName = "NUMBER" };
    private readonly Option<bool> _seen = new("--include-seen") { Description = "Recommend items of the history too" };

    public void AddFileTo(Command command)
    {
        command.Add(_file);
        command.Add(_threads);
    }

    public void AddFiltersTo(Command command, bool similar = false)
    {
        foreach (Option option in similar ? (Option[])[_k, _where, _allow, _deny, _minimumUsers] : [_k, _where, _allow, _deny, _minimumUsers, _discount, _diversity, _seen])
        {
            command.Add(option);
        }
    }

    /// <summary>Loads the model.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="map">As <see cref="ModelFile.Load"/> has it.</param>
    public ModelFile Load(ParseResult result, bool map = true)
    {
        if (result.GetValue(_threads) is { } threads)
        {
            Workers.Count = threads is >= 1 and <= 1024 ? threads : throw new ArgumentException(Output.Format.Text($"--threads: found {threads}, expected 1 … 1024."));
        }

        string path = result.GetValue(_file)!;
        return File.Exists(path) ? ModelFile.Load(path, map) : throw new FileNotFoundException($"Found no model file {path}. Train one: encore train ease --out {path}", path);
    }

    /// <summary>The model as a recommender.</summary>
    /// <exception cref="ArgumentException">It only predicts ratings.</exception>
    public static Recommender Recommender(ModelFile file) => file.Recommender
        ?? throw new ArgumentException($"{file.Title} predicts ratings and ranks no items. Try: encore predict {file.Path} --items …");

    public RecommendOptions Options(ParseResult result) => new()
    {
        K = AtLeast(result.GetValue(_k), 0, "--k"),
        Where = Filters(result),
        Allow = Items(result.GetValue(_allow), "--allow"),
        Deny = Items(result.GetValue(_deny), "--deny"),
        MinimumUsers = AtLeast(result.GetValue(_minimumUsers), 0, "--min-users"),
        PopularityDiscount = result.GetValue(_discount) is var γ && γ >= 0 && double.IsFinite(γ) ? γ : throw new ArgumentException(Output.Format.Text($"--discount: found {γ}, expected a number ≥ 0.")),
        Diversity = result.GetValue(_diversity) is var λ && λ is >= 0 and <= 1 ? λ : throw new ArgumentException(Output.Format.Text($"--diversity: found {λ}, expected 0 … 1.")),
        ExcludeSeen = !result.GetValue(_seen),
    };

    /// <summary>A history as one writes it: <c>260,1196</c>, or with ratings <c>260:5,1196:4.5</c>, oldest first.</summary>
    public static IReadOnlyList<HistoryItem> History(string text)
    {
        var history = new List<HistoryItem>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = part.LastIndexOf(':');
            if (colon > 0 && float.TryParse(part[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
            {
                history.Add(new HistoryItem(part[..colon], value));
            }
            else
            {
                history.Add(new HistoryItem(part));
            }
        }

        return history;
    }

    /// <summary>Items with commas between, or those of a file; null where nothing was said.</summary>
    public static IReadOnlyCollection<string>? Items(string? text, string option)
    {
        if (text is null || !text.StartsWith('@'))
        {
            return text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        return File.Exists(text[1..])
            ? [.. File.ReadLines(text[1..]).Select(line => line.Trim()).Where(line => line.Length > 0)]
            : throw new ArgumentException($"{option}: found no file {text[1..]}, expected one with an item a line.");
    }

    private AttributeFilter[]? Filters(ParseResult result)
    {
        try
        {
            return result.GetValue(_where)?.Select(AttributeFilter.Parse).ToArray();
        }
        catch (FormatException error)
        {
            throw new ArgumentException($"--where: {error.Message}", error);
        }
    }

    private static int AtLeast(int found, int least, string option) => found >= least
        ? found
        : throw new ArgumentException(Output.Format.Text($"{option}: found {found}, expected at least {least}."));
}
