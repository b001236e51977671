using Microsoft.AspNetCore.Components;

namespace Encore.Dashboard;

/// <summary>A page that looks at the runs' files a few times a second while it is open, and draws itself again when
/// something has changed.</summary>
public abstract class LivePage : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _closed = new();
    private Task _looking = Task.CompletedTask;

    [Inject]
    private protected LiveRuns Live { get; private set; } = null!;

    [Inject]
    private protected NavigationManager Navigation { get; private set; } = null!;

    private protected DateTimeOffset Now => Live.Time.GetUtcNow();

    /// <summary>Whether the colours are dark.</summary>
    [CascadingParameter(Name = "Dark")]
    public bool Dark { get; set; }

    /// <summary>Looks whether anything has changed.</summary>
    protected abstract bool Look();

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        // The page that is drawn before the browser has a connection never comes here.
        if (firstRender)
        {
            _looking = LookAsync();
        }
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(Between, Live.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closed.Token).ConfigureAwait(true))
            {
                if (Look())
                {
                    StateHasChanged();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the page is closed
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(true);
        await _looking.ConfigureAwait(true);
        _closed.Dispose();
        GC.SuppressFinalize(this);
    }
}
