using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Recommending;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>The model file and the options that say whom to recommend what, shared by the commands that use a model.</summary>
internal sealed class ModelArguments
{
    // Items that a search lists where the command has no --k.
    private const int SearchResults = 10;

    private readonly Argument<string> _file = new("file") { Description = "A model file, as encore train MODEL --out writes one", HelpName = "FILE" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it", HelpName = "N" };
    private readonly Option<int> _k = new("--k", "-k") { Description = "How many items", HelpName = "N", DefaultValueFactory = _ => 10 };
    private readonly Option<string[]> _where = new("--where") { Description = "What an item must be, such as genres=Comedy|Drama or genres!=Horror; may be given several times", HelpName = "FILTER" };
    private readonly Option<string?> _allow = new("--allow") { Description = "The only items that may be recommended, with commas between, or @FILE with one a line (@@ID for an id that begins with @)", HelpName = "ITEMS" };
    private readonly Option<string?> _deny = new("--deny") { Description = "Items that may not be recommended, written likewise", HelpName = "ITEMS" };
    private readonly Option<int> _minimumUsers = new("--min-users") { Description = "Items with fewer training users are left out", HelpName = "N" };
    private readonly Option<double> _discount = new("--discount") { Description = "Popularity penalty: 0 (default) none, 1 strong", HelpName = "NUMBER" };
    private readonly Option<double> _diversity = new("--diversity") { Description = "How much to diversify a list: 0 (default) … 1", HelpName = "NUMBER" };
    private readonly Option<bool> _seen = new("--include-seen") { Description = "Recommend seen items too" };

    private readonly Option<string?> _search = new("--search") { Description = "Only list the items whose titles or ids contain these words, with their ids", HelpName = "WORDS" };

    public void AddFileTo(Command command)
    {
        command.Add(_file);
        command.Add(_threads);
    }

    public void AddSearchTo(Command command) => command.Add(_search);

    public void AddFiltersTo(Command command, bool similar = false)
    {
        foreach (Option option in similar ? (Option[])[_k, _where, _allow, _deny, _minimumUsers] : [_k, _where, _allow, _deny, _minimumUsers, _discount, _diversity, _seen])
        {
            command.Add(option);
        }
    }

    /// <summary>Loads the model.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="terminal">Knows the models that there are.</param>
    /// <param name="map">As <see cref="ModelFile.Load"/> has it.</param>
    public ModelFile Load(ParseResult result, Terminal terminal, bool map = true)
    {
        string path = result.GetValue(_file)!;
        return TrainedModel.Load(path, result.GetValue(_threads), terminal.Kinds.Registry.Models, map);
    }

    /// <summary>The model as a recommender.</summary>
    /// <exception cref="ArgumentException">It only predicts ratings.</exception>
    public static Recommender Recommender(ModelFile file) => file.Recommender
        ?? throw new ArgumentException($"{file.Title} predicts ratings and ranks no items. Try: encore predict {file.Path} --items …");

    /// <summary>What may be recommended.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="file">The model, whose ids decide how a list of items is read.</param>
    /// <param name="notes">Told what was decided.</param>
    public RecommendOptions Options(ParseResult result, ModelFile file, TextWriter notes) => new()
    {
        K = AtLeast(result.GetValue(_k), 0, "--k"),
        Where = Filters(result),
        Allow = new ItemText(file.Items, "--allow", notes).SomeKnown(result.GetValue(_allow)),
        Deny = new ItemText(file.Items, "--deny", notes).Ids(result.GetValue(_deny)),
        MinimumUsers = AtLeast(result.GetValue(_minimumUsers), 0, "--min-users"),
        PopularityDiscount = result.GetValue(_discount) is var γ && γ >= 0 && double.IsFinite(γ) ? γ : throw new ArgumentException(Format.Text($"--discount: found {γ}, expected a number ≥ 0.")),
        Diversity = result.GetValue(_diversity) is var λ && λ is >= 0 and <= 1 ? λ : throw new ArgumentException(Format.Text($"--diversity: found {λ}, expected 0 … 1.")),
        ExcludeSeen = !result.GetValue(_seen),
    };

    /// <summary>Whether <c>--search</c> was asked for, and is answered.</summary>
    /// <exception cref="ArgumentException">Nothing is found.</exception>
    public bool Search(ParseResult result, RecommendFormat format, Terminal terminal)
    {
        if (result.GetValue(_search) is not { } text)
        {
            return false;
        }

        var file = Load(result, terminal);
        var found = file.Items.Search(text, result.GetResult(_k) is null ? SearchResults : AtLeast(result.GetValue(_k), 1, "--k"));
        if (found.Count == 0)
        {
            throw new ArgumentException($"--search: no item has all words of '{text}' in its {(file.Items.HasTitles ? "title or id" : "id; the model file has no titles")}.{file.Items.DidYouMean(text)}");
        }

        SearchOutput.Write(file.Items, found, format, terminal);
        return true;
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
        : throw new ArgumentException(Format.Text($"{option}: found {found}, expected at least {least}."));
}
