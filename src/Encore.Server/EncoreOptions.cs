using System.Globalization;
using Encore.Experiments;
using Encore.Recommending;

namespace Encore.Server;

/// <summary>What is served, and within which limits. <see cref="EncoreServices.AddEncore(IServiceCollection, Action{EncoreOptions}?)"/>
/// reads it from the configuration's section <see cref="Section"/>.</summary>
public sealed record EncoreOptions
{
    /// <summary>The section of the configuration: <c>Encore:Files:0</c>, or <c>Encore__Files__0</c> as an environment
    /// variable.</summary>
    public const string Section = "Encore";

    /// <summary>The model files, the first of which answers requests that name none. A model's name is its file's, without
    /// the ending.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>Whether a model file that changes is loaded without being asked to. Default true.</summary>
    public bool Watch { get; set; } = true;

    /// <summary>Whether large matrices stay in the file. Loading then takes no time and no memory of its own, but a file
    /// that is truncated or overwritten in place ends the process (SIGBUS): replace it by renaming. Default
    /// false.</summary>
    public bool Map { get; set; }

    /// <summary>Threads that scoring may use; 0: one for each processor. Default 0.</summary>
    public int Threads { get; set; }

    /// <summary>The models that files may hold, an application's own among them; null: Encore's. Set in code.</summary>
    public ModelCatalog? Models { get; set; }

    /// <summary>Histories of known users, so that a request can name a user instead; null: none. Set in code.</summary>
    public InteractionMatrix? Users { get; set; }

    /// <summary>Whether the values of <see cref="Users"/> are ratings; if not, each item of a history is one that was
    /// liked. Default true.</summary>
    public bool UsersHaveRatings { get; set; } = true;

    /// <summary>Requests that are worked on at once; more are refused with 429. One client holds at most four times what is
    /// free, so that others always find room. Default 512.</summary>
    public int MaximumConcurrency { get; set; } = 512;

    /// <summary>Requests that are scored together. Default 32.</summary>
    public int MaximumBatch { get; set; } = 32;

    /// <summary>Items of a history; longer ones are refused. Default 2,000.</summary>
    public int MaximumHistory { get; set; } = 2_000;

    /// <summary>Items that one request may ask for. Default 1,000.</summary>
    public int MaximumK { get; set; } = 1_000;

    /// <summary>Requests in one call of the batch endpoint. Default 256.</summary>
    public int MaximumRequests { get; set; } = 256;

    /// <summary>The cost of a request (<see cref="RequestCost"/>, about microseconds of a core), known before it is scored;
    /// dearer ones are refused. Default 500,000.</summary>
    public int MaximumCost { get; set; } = 500_000;

    /// <summary>The cost of all requests in one call of the batch endpoint. Default 2,000,000.</summary>
    public int MaximumBatchCost { get; set; } = 2_000_000;

    /// <summary>Contributions in the explanation of an item; the answer counts the others. Default 20.</summary>
    public int MaximumContributions { get; set; } = 20;

    /// <summary>Items of a history, the latest ones, that are explained where each has to be left out in turn, as for
    /// networks; the answer counts the others. Default 100.</summary>
    public int MaximumExplained { get; set; } = 100;

    /// <summary>Bytes of a request's body. Default 1 MB.</summary>
    public long MaximumBodyBytes { get; set; } = 1 << 20;

    /// <summary>How long a request may take. Default 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">A value is not allowed.</exception>
    internal void Check()
    {
        if (Problems().FirstOrDefault() is { Message: { } message })
        {
            throw new ArgumentException(message);
        }
    }

    /// <summary>What is not allowed, and the key of the configuration that is to be changed.</summary>
    internal IEnumerable<(string Key, string Message)> Problems()
    {
        if (Files.Count == 0)
        {
            yield return (nameof(Files), "Found no model file, expected at least one.");
        }

        var names = Files.Select(Path.GetFileNameWithoutExtension).ToArray();
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
        {
            yield return (nameof(Files), $"Found the files {string.Join(", ", Files)}, two of which give a model the same name.");
        }

        foreach (var (key, name, value) in ((string, string, long)[])
            [(nameof(MaximumConcurrency), "concurrency", MaximumConcurrency), (nameof(MaximumBatch), "batch", MaximumBatch), (nameof(MaximumHistory), "history", MaximumHistory), (nameof(MaximumK), "k", MaximumK), (nameof(MaximumRequests), "requests", MaximumRequests), (nameof(MaximumCost), "cost", MaximumCost), (nameof(MaximumBatchCost), "batch cost", MaximumBatchCost), (nameof(MaximumContributions), "contributions", MaximumContributions), (nameof(MaximumExplained), "explained items", MaximumExplained), (nameof(MaximumBodyBytes), "body bytes", MaximumBodyBytes), (nameof(Timeout), "timeout", Timeout.Ticks)])
        {
            if (value < 1)
            {
                yield return (key, string.Create(CultureInfo.InvariantCulture, $"Found a limit of {value} for {name}, expected at least 1."));
            }
        }

        if (Threads < 0)
        {
            yield return (nameof(Threads), string.Create(CultureInfo.InvariantCulture, $"Found {Threads} threads, expected at least 1, or 0 for one for each processor."));
        }

        if (Timeout.TotalMilliseconds > int.MaxValue)
        {
            yield return (nameof(Timeout), string.Create(CultureInfo.InvariantCulture, $"Found a timeout of {Timeout.TotalDays:0} days, expected at most 24."));
        }
    }
}
