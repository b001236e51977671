namespace Encore.Dashboard;

/// <summary>A page about all runs, which is filled again when one of them has changed.</summary>
public abstract class RunListPage : LivePage
{
    private protected RunList List { get; private set; } = RunList.None;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        List = Live.Now();
        Fill();
    }

    /// <inheritdoc/>
    protected override bool Look()
    {
        var list = Live.Now();
        if (ReferenceEquals(list, List))
        {
            return false;
        }

        List = list;
        Fill();
        return true;
    }

    /// <summary>Makes of the runs what the page shows.</summary>
    protected abstract void Fill();
}
