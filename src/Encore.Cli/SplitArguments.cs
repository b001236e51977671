using System.CommandLine;
using Encore.Data;
using Encore.Numerics;
using Encore.Runs;
using Encore.Splitting;

namespace Encore.Cli;

/// <summary>The options that say on what data models train and how it is split, shared by the commands that train.</summary>
internal sealed class SplitArguments
{
    // More than any machine has; a mistyped number would start them all.
    private const int MostThreads = 1024;

    private readonly Option<string?> _data = new("--data", "-d") { Description = "demo (default), a data set's name, a file, or a data set's folder", HelpName = "SPEC" };
    private readonly Option<string?> _protocol = new("--protocol", "-p") { Description = $"How to split and measure: {string.Join(", ", Protocols.Names)}. Default strong", HelpName = "NAME" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of split, training and bootstrap", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _splitFolder = new("--split-dir") { Description = "A split for new users: train, [validation_history, validation_heldout,] test_history, test_heldout", HelpName = "DIR" };
    private readonly Option<string?> _train = new("--train") { Description = "A split for known users: the training interactions; with --test", HelpName = "FILE" };
    private readonly Option<string?> _validation = new("--validation") { Description = "Validation interactions beside --train and --test", HelpName = "FILE" };
    private readonly Option<string?> _test = new("--test") { Description = "Test interactions beside --train", HelpName = "FILE" };
    private readonly Option<float?> _minimumRating = new("--min-rating") { Description = "Ratings from this on count. Default: the protocol's", HelpName = "NUMBER" };
    private readonly Option<int?> _minimumPerUser = new("--min-per-user") { Description = "Users with fewer interactions are left out. Default: the protocol's", HelpName = "N" };
    private readonly Option<int?> _minimumPerItem = new("--min-per-item") { Description = "Items with fewer interactions are left out", HelpName = "N" };
    private readonly Option<int?> _maximumPerUser = new("--max-per-user") { Description = "Users with more interactions are left out", HelpName = "N" };
    private readonly Option<int?> _heldOutUsers = new("--held-out-users") { Description = "Validation users, and as many test users (strong, temporal)", HelpName = "N" };
    private readonly Option<int?> _repetitions = new("--repetitions") { Description = "Splits to repeat on (rating). Default 5", HelpName = "N" };
    private readonly Option<string?> _fitOn = new("--fit-on") { Description = "What every model learns from in the end: train or train+validation. Default train+validation where ratings are predicted, else train", HelpName = "PARTS" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads. Default: one for each core; results do not depend on it", HelpName = "N" };
    private readonly DataArguments _reading = new();

    /// <summary>The options that say what the work is about; the command's own come between these and the rest.</summary>
    public void AddSourcesTo(Command command)
    {
        foreach (Option option in (Option[])[_data, _protocol, _seed, _splitFolder, _train, _validation, _test])
        {
            command.Add(option);
        }
    }

    /// <summary>The options that few need.</summary>
    public void AddDetailsTo(Command command)
    {
        _reading.AddTo(command);
        foreach (Option option in (Option[])[_minimumRating, _minimumPerUser, _minimumPerItem, _maximumPerUser, _heldOutUsers, _repetitions, _fitOn, _threads])
        {
            command.Add(option);
        }
    }

    /// <summary>The encoding of text files; null: found out.</summary>
    public string? Encoding(ParseResult result) => _reading.Encoding(result);

    public ulong Seed(ParseResult result) => result.GetValue(_seed);

    private FitOn? FitOn(ParseResult result) => result.GetValue(_fitOn) switch
    {
        null => null,
        "train" => Encore.FitOn.Train,
        "train+validation" => Encore.FitOn.TrainAndValidation,
        { } other => throw new ArgumentException($"--fit-on: found {other}, expected train or train+validation."),
    };

    /// <summary>The option of commands that can run with several seeds.</summary>
    public static Option<int?> MakeRepeat() => new("--repeat") { Description = "Seeds to run with, from --seed on: each splits and trains anew; shows mean, interval and spread", HelpName = "N" };

    /// <summary>How many seeds are asked for.</summary>
    /// <exception cref="ArgumentException">Fewer than one, or the protocol repeats itself.</exception>
    public static int Seeds(ParseResult result, Option<int?> repeat, Protocol protocol) => result.GetValue(repeat) switch
    {
        null => 1,
        < 1 and var found => throw new ArgumentException(Format.Text($"{repeat.Name}: found {found}, expected at least 1.")),
        > 1 when protocol.Repetitions > 1 => throw new ArgumentException($"{repeat.Name}: the protocol {protocol.Name} repeats itself; say how often with --repetitions, or --repetitions 1 for one split a seed."),
        { } seeds => seeds,
    };

    /// <summary>The protocol, after a check of all options here; sets the number of threads.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed, or options contradict each
    /// other.</exception>
    public Protocol Protocol(ParseResult result)
    {
        CheckNumbers(result);
        CheckSources(result);
        if (result.GetValue(_threads) is { } threads)
        {
            Workers.Count = threads;
        }

        string? written = result.GetValue(_splitFolder) is { } folder ? SplitReader.ProtocolOf(folder) : null;
        return Protocols.Create(result.GetValue(_protocol) ?? (Protocols.Names.Contains(written) ? written! : "strong"), new ProtocolOptions
        {
            MinimumRating = result.GetValue(_minimumRating),
            MinimumPerUser = result.GetValue(_minimumPerUser),
            MinimumPerItem = result.GetValue(_minimumPerItem),
            MaximumPerUser = result.GetValue(_maximumPerUser),
            HeldOutUsers = result.GetValue(_heldOutUsers),
            Repetitions = written is null ? result.GetValue(_repetitions) : 1,
            FitOn = FitOn(result),
        });
    }

    /// <summary>The data: a log for the protocol to split, or a split that came with it.</summary>
    public (Interactions? Log, Split? Split, DataDescription Description) Read(
        ParseResult result, Protocol protocol, Work work, CancellationToken cancellationToken)
    {
        var reading = _reading.Read(result, work.Note, work.Understood, new Relay<double>(f => work.At("read", f)), cancellationToken);
        if (CheckSources(result))
        {
            var split = PredefinedSplit(result, reading, protocol.IsRating);
            return (null, split, DataDescription.Of(result.GetValue(_splitFolder) ?? result.GetValue(_train)!, split));
        }

        string spec = result.GetValue(_data) ?? DataSpec.Demo;
        _reading.CheckUse(result, spec);
        var log = DataSpec.Load(spec, reading);
        var asked = result.GetValue(_minimumRating);
        if (log.HasRatings && (asked ?? protocol.RatingThreshold) is { } threshold && RatingScale.Of(log, threshold).Warning(threshold, asked is not null) is { } warning)
        {
            work.Warn(warning);
        }

        work.At("split", 0);
        return (log, null, DataDescription.Of(spec, log));
    }

    private void CheckNumbers(ParseResult result)
    {
        AtLeast(_minimumPerUser, 0);
        AtLeast(_minimumPerItem, 0);
        AtLeast(_maximumPerUser, 1);
        AtLeast(_heldOutUsers, 1);
        AtLeast(_repetitions, 1);
        AtLeast(_threads, 1);
        if (result.GetValue(_threads) is > MostThreads and var threads)
        {
            throw new ArgumentException(Format.Text($"--threads: found {threads}, expected at most {MostThreads}."));
        }

        if (result.GetValue(_minimumRating) is { } rating && !float.IsFinite(rating))
        {
            throw new ArgumentException(Format.Text($"--min-rating: found {rating}, expected a finite number."));
        }

        void AtLeast(Option<int?> option, int least)
        {
            if (result.GetValue(option) is { } found && found < least)
            {
                throw new ArgumentException(Format.Text($"{option.Name}: found {found}, expected at least {least}."));
            }
        }
    }

    // One source of data at a time; true for a split that came with it.
    private bool CheckSources(ParseResult result)
    {
        bool folder = result.GetValue(_splitFolder) is not null;
        bool files = result.GetValue(_train) is not null || result.GetValue(_test) is not null || result.GetValue(_validation) is not null;
        if (files && (result.GetValue(_train) is null || result.GetValue(_test) is null))
        {
            throw new ArgumentException("A split for known users needs both --train and --test.");
        }

        if ((folder && files) || ((folder || files) && result.GetValue(_data) is not null))
        {
            throw new ArgumentException("Found several sources, expected one of --data, --split-dir, and --train with --test.");
        }

        if (FitOn(result) == Encore.FitOn.TrainAndValidation && !folder && !files && (result.GetValue(_protocol) ?? "strong") is ("strong" or "temporal"))
        {
            throw new ArgumentException("--fit-on: found train+validation, expected train: the validation users are no training users.");
        }

        if (FitOn(result) == Encore.FitOn.TrainAndValidation && files && result.GetValue(_validation) is null)
        {
            throw new ArgumentException("--fit-on: found train+validation and no --validation.");
        }

        if (folder || files)
        {
            // What would change nothing is refused rather than ignored.
            Option[] useless = [_heldOutUsers, _repetitions, .. folder ? [_fitOn] : Array.Empty<Option>(), .. folder || result.GetValue(_protocol) is not (null or "rating") ? [_protocol] : Array.Empty<Option>()];
            if (Array.Find(useless, o => result.GetResult(o) is not null) is { } option)
            {
                throw new ArgumentException($"{option.Name}: the split came with the data, so there is nothing for it to do.");
            }
        }

        return folder || files;
    }

    private Split PredefinedSplit(ParseResult result, ReadOptions reading, bool isRating)
    {
        var filter = new InteractionFilter
        {
            MinimumRating = result.GetValue(_minimumRating),
            MinimumPerUser = result.GetValue(_minimumPerUser) ?? 0,
            MinimumPerItem = result.GetValue(_minimumPerItem) ?? 0,
            MaximumPerUser = result.GetValue(_maximumPerUser),
            Binarize = !isRating,
        };
        return result.GetValue(_splitFolder) is { } folder
            ? SplitReader.ReadFolder(folder, reading, filter)
            : SplitReader.ReadFiles(result.GetValue(_train)!, result.GetValue(_validation), result.GetValue(_test)!, reading, filter, isRating, FitOn(result));
    }
}
