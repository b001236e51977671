using System.Globalization;

namespace OwnModel;

/// <summary>
/// Logs of a till, a basket a line: seconds since 1970, the customer, and what was bought, each with how often where it was
/// more than once.
/// <code>
/// baskets 1
/// 1700000000 anna milk bread*2 apples*6
/// </code>
/// The first line says that it is such a file, and of which version. Lines that are empty or begin with # are left out.
/// </summary>
internal sealed class BasketReader : IInteractionReader
{
    public string Name => "baskets";

    public bool CanRead(string path) => Path.GetExtension(path) == ".baskets";

    public Interactions Read(string path, ReadContext context, CancellationToken cancellationToken)
    {
        using var lines = new StreamReader(path);
        var log = new List<Interaction>();
        int number = 1;
        if (lines.ReadLine() is var first && first != "baskets 1")
        {
            throw Wrong(first ?? "nothing", "'baskets 1'");
        }

        for (number = 2; lines.ReadLine() is { } line; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Progress?.Report((double)lines.BaseStream.Position / lines.BaseStream.Length);
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (words.Length < 3 || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long time))
            {
                throw Wrong(line, "seconds since 1970, a customer, and at least one item");
            }

            foreach (string word in words.AsSpan(2))
            {
                int star = word.LastIndexOf('*'), count = 1;
                if (star == 0 || (star > 0 && (!int.TryParse(word.AsSpan(star + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1)))
                {
                    throw Wrong(word, "an item, or an item*count with a count from 1");
                }

                log.Add(new Interaction(words[1], star < 0 ? word : word[..star], count, time));
            }
        }

        return Interactions.From(log, context.Duplicates, hasRatings: false).WithUnits(TimeUnit.Seconds, hasCounts: true);

        InvalidDataException Wrong(string found, string expected) => new($"{path}, line {number}: found '{found}', expected {expected}.");
    }
}
