using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Article.Tests;

/// <summary>The rows of a comparison as runs: kept, found again, and gone on with.</summary>
public sealed class ArticleJournalTests : IDisposable
{
    private readonly RunStore _store = new(Directory.CreateTempSubdirectory("encore-article").FullName);

    public void Dispose() => Directory.Delete(_store.Folder, recursive: true);

    [Fact]
    public void Find_RowThatHasEnded_IsWhatWasMeasured()
    {
        var (id, first) = Compare("ESAE");
        var again = Resume(id, "ESAE");
        Text(again).ShouldBe(Text(first), "seconds and memory too: nothing is run again");
        var run = _store.Children(id).ShouldHaveSingleItem();
        run.Metrics["ndcg@100"].ShouldBe(first.Measurements[0].Figures.Ndcg);
        run.Metrics[MetricKeys.PeakMemory].ShouldBe(first.PeakBytes!.Value);
    }

    [Theory]
    [InlineData("CDAE")]
    [InlineData("MultVAE")]
    public void Run_CutOffInTraining_GoesOnToTheSameFigures(string row)
    {
        // Of three batches an epoch: training is stopped after the first, which is always reported.
        var log = ArticleLog.Make(users: 1200);
        var (_, whole) = Compare(row, log);
        string id;
        using (var tracker = new RunTracker(_store))
        using (var parent = tracker.Begin(new RunDescription { Kind = "article", Name = "article" }))
        using (var journal = new ArticleJournal(tracker, parent))
        using (var stop = new CancellationTokenSource())
        {
            id = parent.Id;
            var comparison = Of(row, log, journal, new Relay(p =>
            {
                if (p.Stage == "train")
                {
                    stop.Cancel();
                }
            }));
            journal.Finish(Should.Throw<OperationCanceledException>(() => comparison.Run(stop.Token)));
        }

        var resumed = Resume(id, row, log);
        resumed.Training!.EarlierSeconds.ShouldBeGreaterThan(0, "it goes on from a checkpoint");
        resumed.Training.Epochs.Select(e => e.Loss).ShouldBe(whole.Training!.Epochs.Select(e => e.Loss));
        resumed.Measurements.Select(m => m.Figures with { Seconds = 0 }).ShouldBe(whole.Measurements.Select(m => m.Figures with { Seconds = 0 }));
    }

    // As a release kept it that did not know the peak of memory.
    [Fact]
    public void Find_RowOfAnEarlierRelease_IsRead()
    {
        var (id, _) = Compare("ESAE");
        string file = _store.ResultOf(_store.Children(id)[0].Id);
        File.WriteAllText(file, """
            {
              "model": "ESAE", "settings": "EASE λ=1000", "split": "one",
              "measurements": [
                { "what": "seen", "leaks": "RankSeenItems", "figures": { "rmse": "NaN", "precision": 0.25, "recall": 0.5, "ndcg": 0.75, "seconds": 2 } },
                { "what": "masked", "leaks": "None", "figures": { "precision": 0.5 } }
              ],
              "difference": "none"
            }
            """);
        var row = Resume(id, "ESAE");
        row.PeakBytes.ShouldBeNull();
        row.Measurements[0].Leaks.ShouldBe(ArticleLeaks.RankSeenItems);
        row.Measurements[0].Figures.Ndcg.ShouldBe(0.75);
        row.Measurements[1].Figures.Rmse.ShouldBe(double.NaN, "what is missing has its default");

        File.WriteAllText(file, """{ "model": "ESAE", "settings": 7 }""");
        Should.Throw<InvalidDataException>(() => Resume(id, "ESAE")).Message.ShouldContain("settings: found 7, expected a text.");
    }

    private (string Id, ArticleRow Row) Compare(string row, Interactions? log = null)
    {
        using var tracker = new RunTracker(_store);
        using var parent = tracker.Begin(new RunDescription { Kind = "article", Name = "article" });
        using var journal = new ArticleJournal(tracker, parent);
        return (parent.Id, Of(row, log, journal).Run(TestContext.Current.CancellationToken).Rows[0]);
    }

    private ArticleRow Resume(string id, string row, Interactions? log = null)
    {
        using var tracker = new RunTracker(_store);
        using var parent = tracker.Resume(id);
        using var journal = new ArticleJournal(tracker, parent);
        return Of(row, log, journal).Run(TestContext.Current.CancellationToken).Rows[0];
    }

    private static ArticleComparison Of(string row, Interactions? log, ArticleJournal journal, IProgress<ExperimentProgress>? progress = null) =>
        new(log ?? ArticleLog.Make()) { Rows = [row], Honest = false, Quick = true, Journal = journal, Progress = progress };

    private static string Text(ArticleRow row) => System.Text.Json.JsonSerializer.Serialize(row, ArticleJson.Default.ArticleRow);

    private sealed class Relay(Action<ExperimentProgress> take) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => take(value);
    }
}
