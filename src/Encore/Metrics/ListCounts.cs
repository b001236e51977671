namespace Encore.Metrics;

/// <summary>How often each item stands in the lists.</summary>
internal sealed class ListCounts(IdMap items, Func<int[], double> value) : IListsPass
{
    private readonly int[] _counts = new int[items.Count];

    public double Value => value(_counts);

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
