using Encore.Experiments;
using Encore.Splitting;

namespace Encore.Article;

/// <summary>
/// Keeps what an <see cref="ArticleComparison"/> does, row by row. Called on the thread that runs it, one row at a time.
/// </summary>
public interface IArticleJournal
{
    /// <summary>A row as an earlier comparison found it before it was cut off; null where it had not ended yet.</summary>
    ArticleRow? Find(string row);

    /// <summary>The training of a row begins.</summary>
    /// <param name="row">Which.</param>
    /// <param name="model">The model that will be fitted.</param>
    /// <param name="split">What it learns from and is measured on.</param>
    /// <param name="context">What it would be fitted with.</param>
    /// <returns>What it is fitted with: a callback and a checkpoint may be added, nothing else changed.</returns>
    FitContext Started(string row, IModel model, Split split, FitContext context);

    /// <summary>A row is done.</summary>
    void Ended(ArticleRow row);

    /// <summary>The journal of an honest protocol.</summary>
    IModelRunJournal UnderProtocol(Protocol protocol);
}
