namespace Encore.Metrics;

/// <summary>How often each item that is ranked stands in the lists.</summary>
internal sealed class ListCounts(MetricContext context, Func<int[], double> value) : IListsPass
{
    private readonly int[] _counts = new int[context.Items.Count];

    public double Value => value(context.Candidates is { } candidates ? Array.ConvertAll(candidates, item => _counts[item]) : _counts);

    public void Take(in RankedList list)
    {
        foreach (int item in list.Items)
        {
            if (item >= 0)
            {
                _counts[item]++;
            }
        }
    }
}
