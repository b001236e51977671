using System.Text;

namespace Encore.Cli;

/// <summary>
/// The last line of a terminal, which shows where the work is and is written over as it goes on. Everything else that is
/// written to the error stream goes through here too: the line makes room for it, and comes back below it.
/// </summary>
/// <param name="terminal">The terminal.</param>
/// <param name="width">Characters that a line of it has, when asked.</param>
internal sealed class StatusLine(TextWriter terminal, Func<int> width) : TextWriter
{
    private readonly Lock _lock = new();
    private string _shown = "";
    private bool _atStart = true;

    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Characters that the line can have.</summary>
    public int Width => Math.Max(20, width()) - 1; // a full line would go on in the next one

    /// <summary>Shows a text in place of the one before; an empty one takes the line away.</summary>
    public void Show(string text)
    {
        lock (_lock)
        {
            string line = text.Length <= Width ? text : text[..(Width - 1)] + "…";
            if (!_atStart || line == _shown)
            {
                return; // somebody is in the middle of a line
            }

            // Without escape codes: the rest of what stood there is written over with blanks.
            terminal.Write($"\r{line.PadRight(_shown.Length)}{(line.Length == 0 ? "\r" : "")}");
            terminal.Flush();
            _shown = line;
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        lock (_lock)
        {
            if (_shown.Length > 0)
            {
                terminal.Write($"\r{new string(' ', _shown.Length)}\r");
                _shown = "";
            }

            terminal.Write(value);
            _atStart = value[^1] == '\n';
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override string NewLine => terminal.NewLine;

    public override void Flush() => terminal.Flush();
}
