using Encore.Evaluation;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>What is said of a model that did not tell the items of a ranking apart.</summary>
public static class TieNote
{
    /// <summary>A sentence on the users whose lists ties made; null where there is nothing to say. Ties in parts of a list are
    /// spoken of only where the split has candidates: few of them may be all that a model can tell apart.</summary>
    /// <param name="row">The model.</param>
    /// <param name="split">The split.</param>
    public static string? Of(ExperimentRow row, Split split)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Of(row.Title, row.EqualScores, row.Ties, split);
    }

    /// <inheritdoc cref="Of(ExperimentRow, Split)"/>
    /// <param name="report">The model's evaluation.</param>
    /// <param name="split">The split.</param>
    public static string? Of(EvaluationReport report, Split split)
    {
        ArgumentNullException.ThrowIfNull(report);
        double users = Math.Max(1, report.Users);
        return Of(report.Model, report.UsersWithEqualScores / users, report.UsersWithTies / users, split);
    }

    private static string? Of(string title, double equal, double ties, Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        string? all = equal switch
        {
            0 => null,
            1 => $"{title} gave every candidate the same score, for all users: ties made its lists, in the order of the items' ids.",
            _ => Format.Text($"{title} gave every candidate the same score for {equal:P1} of the users: ties made those lists, in the order of the items' ids."),
        };
        string? some = split.Test.Candidates is null || ties <= equal ? null
            : Format.Text($"For {ties:P1} of the users {title}'s shortest list ends within a tie, where lower ids come first.");
        return all is null ? some : some is null ? all : $"{all} {some}";
    }
}
