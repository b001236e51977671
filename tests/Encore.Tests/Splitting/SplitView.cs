using System.Globalization;
using System.Text;

namespace Encore.Tests.Splitting;

/// <summary>A split as sets of (user, item, value) by original id, so that indices cannot hide a mistake.</summary>
internal static class SplitView
{
    public static (string User, string Item, float Value)[] Cells(InteractionMatrix matrix)
    {
        var cells = new List<(string, string, float)>();
        for (int u = 0; u < matrix.Users.Count; u++)
        {
            for (int k = 0; k < matrix.Csr.RowLength(u); k++)
            {
                cells.Add((matrix.Users[u], matrix.Items[matrix.Csr.RowIndices(u)[k]], matrix.Csr.RowValues(u)[k]));
            }
        }

        return [.. cells];
    }

    public static HashSet<(string User, string Item)> Pairs(InteractionMatrix matrix) =>
        [.. Cells(matrix).Select(c => (c.User, c.Item))];

    public static string[] Ids(IdMap map) => [.. Enumerable.Range(0, map.Count).Select(i => map[i])];

    /// <summary>Items of a user in the order of the matrix' sequence.</summary>
    public static string[] Sequence(InteractionMatrix matrix, int user) =>
        [.. matrix.Sequence(user).ToArray().Select(i => matrix.Items[i])];

    public static IEnumerable<(string Name, InteractionMatrix Matrix)> Matrices(Split split)
    {
        yield return ("train", split.Train);
        yield return ("validation history", split.Validation!.History);
        yield return ("validation held out", split.Validation.HeldOut);
        yield return ("test history", split.Test.History);
        yield return ("test held out", split.Test.HeldOut);
        if (split.TrainAndValidation is { } both)
        {
            yield return ("train and validation", both);
        }
    }

    /// <summary>What is in the parts of a split, as text: equal texts are equal parts. Not the description, which names
    /// the seed.</summary>
    public static string Text(Split split)
    {
        var text = new StringBuilder();
        foreach (var (name, matrix) in Matrices(split))
        {
            text.AppendLine(name).AppendJoin(' ', Ids(matrix.Items)).AppendLine();
            for (int u = 0; u < matrix.Users.Count; u++)
            {
                text.Append(matrix.Users[u]).Append(": ")
                    .AppendJoin(' ', matrix.Csr.RowIndices(u).ToArray()).Append(" = ")
                    .AppendJoin(' ', matrix.Csr.RowValues(u).ToArray()
                        .Select(v => v.ToString("R", CultureInfo.InvariantCulture)))
                    .Append("; in order ").AppendJoin(' ', matrix.Sequence(u).ToArray()).AppendLine();
            }
        }

        foreach (var set in (EvaluationSet[])[split.Validation!, split.Test])
        {
            text.Append("candidates ").AppendLine(set.Candidates is { } candidates ? string.Join(' ', candidates) : "all");
        }

        return text.ToString();
    }
}
