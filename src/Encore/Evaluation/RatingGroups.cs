namespace Encore.Evaluation;

/// <summary>Sums errors by the true rating. Each of up to <see cref="MostValues"/> distinct ratings is a group of its own;
/// where there are more, as with play counts, ratings are rounded towards zero to a power of two, those between −1 and 1 to
/// 0. So the groups are few whatever the data, and those of several test sets can be added.</summary>
internal sealed class RatingGroups
{
    /// <summary>Distinct ratings that have a group each: a scale of half stars has 10.</summary>
    public const int MostValues = 20;

    private readonly SortedDictionary<float, (int Count, double Squares, double Sum)> _groups = [];
    private bool _ranges;

    /// <summary>The groups so far, ascending.</summary>
    public IReadOnlyList<RatingError> Errors =>
        [.. _groups.Select(g => new RatingError(g.Key, g.Value.Count, g.Value.Squares, g.Value.Sum) { IsRange = _ranges })];

    /// <summary>Adds the error of a prediction, which is prediction − rating.</summary>
    public void Add(float rating, double error) => Add(rating, 1, error * error, error);

    /// <summary>Adds the groups of another test set.</summary>
    public void Add(RatingError group)
    {
        if (group.IsRange)
        {
            UseRanges();
        }

        Add(group.Rating, group.Count, group.SquareSum, group.Sum);
    }

    private void Add(float rating, int count, double squares, double sum)
    {
        float key = _ranges ? Range(rating) : rating;
        if (_groups.TryGetValue(key, out var group))
        {
            _groups[key] = (group.Count + count, group.Squares + squares, group.Sum + sum);
            return;
        }

        _groups.Add(key, (count, squares, sum));
        if (_groups.Count > MostValues)
        {
            UseRanges();
        }
    }

    private void UseRanges()
    {
        if (_ranges)
        {
            return;
        }

        _ranges = true;
        var values = _groups.ToArray();
        _groups.Clear();
        foreach (var (rating, (count, squares, sum)) in values)
        {
            Add(rating, count, squares, sum);
        }
    }

    private static float Range(float rating) =>
        Math.Abs(rating) < 1 ? 0 : MathF.CopySign(MathF.ScaleB(1, Math.ILogB(rating)), rating);
}
