using Encore.Evaluation;
using Encore.Metrics;

namespace Encore.Experiments;

/// <summary>A model's repetitions, on their way to one row.</summary>
internal sealed class ModelRuns(string name)
{
    private readonly List<EvaluationReport> _reports = [];
    private readonly List<RepetitionValues> _repetitions = [];
    private readonly List<TrainingReport> _trainings = [];
    private double _fitSeconds;
    private double _evaluateSeconds;
    private long? _peakBytes;
    private bool _includesCompilation;

    public string? Failure { get; private set; }

    public void Add(ModelRunResult result, Split split)
    {
        _reports.Add(result.Report);
        _repetitions.Add(new RepetitionValues(
            result.Report.UserRows, [.. result.Report.UserRows.Select(split.Test.HeldOut.Csr.RowLength)], result.Report.PerUser));
        if (result.Training is not null)
        {
            _trainings.Add(result.Training);
        }

        _fitSeconds += result.FitSeconds;
        _evaluateSeconds += result.EvaluateSeconds;
        _peakBytes = result.PeakBytes is { } bytes ? Math.Max(_peakBytes ?? 0, bytes) : _peakBytes;
        _includesCompilation |= result.IncludesCompilation;
    }

    public void Fail(Exception error) => Failure = error.Message;

    /// <summary>The row.</summary>
    /// <param name="metrics">The metrics by name.</param>
    /// <param name="seeds">How many seeds there are.</param>
    /// <param name="sameUsers">Whether all repetitions have the same test users, so that a row of the test set is one
    /// user.</param>
    public ExperimentRow Row(IReadOnlyList<string> metrics, int seeds, bool sameUsers)
    {
        if (Failure is not null)
        {
            return new ExperimentRow
            {
                Model = name,
                Title = name,
                Metrics = new Dictionary<string, MetricValue>(),
                PerUser = new Dictionary<string, double[]>(),
                UserRows = [],
                FitSeconds = double.NaN,
                EvaluateSeconds = double.NaN,
                PeakBytes = null,
                Failure = Failure,
            };
        }

        bool byUser = seeds == 1 && sameUsers;
        int[] users = !byUser ? [] : [.. _reports.SelectMany(r => r.UserRows).Distinct().Order()];
        return new ExperimentRow
        {
            Model = name,
            Title = _reports[0].Model,
            Metrics = metrics.ToDictionary(m => m, m => _reports.Count == 1
                ? _reports[0].Metrics[m]
                : MetricValue.Of([.. _reports.Select(r => r.Metrics[m].Mean)])),
            PerUser = metrics.Where(m => byUser && _reports[0].PerUser.ContainsKey(m)).ToDictionary(m => m, m => Mean(users, m)),
            PerSeed = seeds == 1 ? new Dictionary<string, double[]>() : metrics.ToDictionary(m => m, m => _reports.Select(r => r.Metrics[m].Mean).ToArray()),
            UserRows = users,
            Repetitions = byUser ? _repetitions : [],
            FitSeconds = _fitSeconds / _reports.Count,
            EvaluateSeconds = _evaluateSeconds / _reports.Count,
            PeakBytes = _peakBytes,
            IncludesCompilation = _includesCompilation,
            EqualScores = _reports.Sum(r => r.UsersWithEqualScores) / (double)Math.Max(1, _reports.Sum(r => r.Users)),
            Ties = _reports.Sum(r => r.UsersWithTies) / (double)Math.Max(1, _reports.Sum(r => r.Users)),
            Trainings = _trainings,
            Items = _reports[0].Items,
            ByRating = ByRating(),
        };
    }

    private IReadOnlyList<RatingError> ByRating()
    {
        var groups = new RatingGroups();
        foreach (var error in _reports.SelectMany(r => r.ByRating))
        {
            groups.Add(error);
        }

        return groups.Errors;
    }

    // A user may lack held-out ratings in some repetitions: the mean is over those that have some.
    private double[] Mean(int[] users, string metric)
    {
        if (_reports.Count == 1)
        {
            return _reports[0].PerUser[metric];
        }

        var (sums, counts) = (new double[users.Length], new int[users.Length]);
        foreach (var report in _reports)
        {
            for (int k = 0; k < report.UserRows.Length; k++)
            {
                int at = Array.BinarySearch(users, report.UserRows[k]);
                sums[at] += report.PerUser[metric][k];
                counts[at]++;
            }
        }

        return [.. sums.Zip(counts, (sum, count) => sum / count)];
    }
}
