namespace Encore.Runs;

/// <summary>What is said of a model that did not tell the items of a ranking apart.</summary>
public static class EqualScores
{
    /// <summary>A sentence on the users whose lists are made of ties alone; null where there are none.</summary>
    /// <param name="title">The model.</param>
    /// <param name="share">Their share of the evaluated users, in [0, 1].</param>
    public static string? Note(string title, double share) => share switch
    {
        0 => null,
        1 => $"{title} gave every candidate the same score, for all users: ties made its lists, in the order of the items' ids.",
        _ => Format.Text($"{title} gave every candidate the same score for {share:P1} of the users: ties made those lists, in the order of the items' ids."),
    };
}
