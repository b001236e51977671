using System.Globalization;
using System.Text;
using Encore.Storage;

namespace Encore.Tracking.TensorBoard;

/// <summary>The messages of event files, by the numbers of their fields.</summary>
internal static class EventMessages
{
    private const int Float = 1, String = 7; // DataType
    private const int Tensor = 2; // DataClass
    private const int Success = 1, Failure = 2; // Status

    /// <summary>The first event of a file.</summary>
    public static ProtoMessage Version(DateTimeOffset time) => Event(time, 0).Add(3, "brain.Event:2").Add(10, new ProtoMessage().Add(1, "Encore"));

    /// <summary>A session starts at a step: what earlier files have from there on does not count.</summary>
    public static ProtoMessage Restart(DateTimeOffset time, long step) => Event(time, step).Add(7, new ProtoMessage().Add(1, 1L));

    /// <summary>Figures of a step; null where there is none that is finite.</summary>
    public static ProtoMessage? Scalars(DateTimeOffset time, long step, IEnumerable<KeyValuePair<string, double>> values)
    {
        var summary = new ProtoMessage();
        foreach (var (name, value) in values)
        {
            if (float.IsFinite((float)value))
            {
                summary.Add(1, new ProtoMessage().Add(1, name).Add(2, (float)value));
            }
        }

        return summary.Length > 0 ? Event(time, step).Add(5, summary) : null;
    }

    /// <summary>What a run is, as a table in Markdown.</summary>
    public static ProtoMessage Text(Run run)
    {
        var text = new StringBuilder("| | |\n|---|---|\n");
        foreach (var (name, value) in Lines(run))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(name)} | {Cell(value)} |\n");
        }

        var tensor = new ProtoMessage().Add(1, (long)String).Add(2, new ProtoMessage().Add(2, new ProtoMessage().Add(1, 1L))).Add(8, text.ToString());
        return Value(run.Started, "run", "text", new ProtoMessage(), tensor);

        static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    /// <summary>The options of a run, for the table of hyperparameters.</summary>
    public static ProtoMessage SessionStart(Run run)
    {
        var start = new ProtoMessage();
        Add("model", run.Description.Model ?? run.Description.Name);
        Add("seed", run.Description.Seed.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in run.Description.Options.Where(o => o.Key is not ("model" or "seed")))
        {
            Add(name, value);
        }

        start.Add(5, Seconds(run.Started));
        return Parameters(run.Started, "_hparams_/session_start_info", 3, start);

        // An entry of a map is a message of key and value; a value is a number, a text or a truth value.
        void Add(string name, string text) => start.Add(1, new ProtoMessage().Add(1, name).Add(2,
            RunComparison.Number(text) is { } number ? new ProtoMessage().Add(2, number)
            : bool.TryParse(text, out bool truth) ? new ProtoMessage().Add(4, truth ? 1L : 0L)
            : new ProtoMessage().Add(3, text)));
    }

    /// <summary>How a run ended, for the table of hyperparameters.</summary>
    public static ProtoMessage SessionEnd(DateTimeOffset time, bool succeeded) => Parameters(
        time, "_hparams_/session_end_info", 4, new ProtoMessage().Add(1, succeeded ? (long)Success : Failure).Add(2, Seconds(time)));

    private static ProtoMessage Parameters(DateTimeOffset time, string tag, int field, ProtoMessage data) => Value(
        time, tag, "hparams", new ProtoMessage().Add(field, data),
        new ProtoMessage().Add(1, (long)Float).Add(2, new ProtoMessage().Add(2, new ProtoMessage()))); // shape [0]: a tensor must be there

    private static ProtoMessage Value(DateTimeOffset time, string tag, string plugin, ProtoMessage content, ProtoMessage tensor)
    {
        var metadata = new ProtoMessage().Add(1, new ProtoMessage().Add(1, plugin).Add(2, content)).Add(4, (long)Tensor);
        return Event(time, 0).Add(5, new ProtoMessage().Add(1, new ProtoMessage().Add(1, tag).Add(9, metadata).Add(8, tensor)));
    }

    private static ProtoMessage Event(DateTimeOffset time, long step) => new ProtoMessage().Add(1, Seconds(time)).Add(2, step);

    private static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static IEnumerable<(string Name, string Value)> Lines(Run run)
    {
        var description = run.Description;
        yield return ("id", run.Id);
        yield return ("kind", description.Kind);
        yield return ("name", description.Name);
        if (description.Data is { } data)
        {
            yield return ("data", FormattableString.Invariant($"{data.Source}: {data.Users} users, {data.Items} items, {data.Interactions} interactions. {data.Split}").TrimEnd());
        }

        if (description.Protocol is { } protocol)
        {
            yield return ("protocol", protocol);
        }

        yield return ("seed", description.Seed.ToString(CultureInfo.InvariantCulture));
        if (description.Tags.Count > 0)
        {
            yield return ("tags", string.Join(", ", description.Tags));
        }

        if (description.Command.Count > 0)
        {
            yield return ("command", string.Join(' ', description.Command));
        }

        if (run.Commit is { } commit)
        {
            yield return ("commit", commit);
        }

        yield return ("machine", FormattableString.Invariant($"{run.Machine.Processor}, {run.Machine.Threads} threads; {run.Machine.System}; {run.Machine.Runtime}; Encore {run.Machine.Encore}"));
        foreach (var (key, value) in description.Options)
        {
            yield return ($"option {key}", value);
        }

        foreach (var (key, value) in description.Config)
        {
            yield return (key, value);
        }
    }
}
