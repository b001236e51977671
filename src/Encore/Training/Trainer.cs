using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Encore.Evaluation;
using Encore.Metrics;
using Encore.Networks;

namespace Encore.Training;

/// <summary>
/// The loop of all iterative models: shuffled mini-batches, optimiser steps, validation, early stopping, checkpoints.
/// Everything random is a function of (seed, epoch, row), so a run that is stopped and resumed at any batch has the
/// same bits as one that was not.
/// </summary>
internal sealed class Trainer
{
    // A loss this many times that of the first epoch will not come back.
    private const double Divergence = 1e3;

    private readonly TrainingJob _job;
    private readonly TrainingOptions _options;
    private readonly TrainingData _data;
    private readonly FitContext _context;
    private readonly CancellationToken _cancellationToken;
    private readonly string _name;
    private readonly Validator? _validator;
    private readonly Optimizer<float> _optimizer;
    private readonly TrainingState _state;
    private readonly FitClock _clock;
    private long _lastCheckpoint = Stopwatch.GetTimestamp();

    private Trainer(
        TrainingJob job, TrainingOptions options, TrainingData data, FitContext context, IModel model, string name, bool isRating,
        CancellationToken cancellationToken)
    {
        (_job, _data, _context, _name, _cancellationToken) = (job, data, context, name, cancellationToken);
        _options = context.Epochs is { } epochs ? options with { Epochs = epochs } : options;

        // Users of whom nothing is held out select no epoch: it is as if there were none, and the split says so.
        _validator = data.Validation is null || data.Validation.HeldOut.Count == 0 ? null : new Validator(model, data.Validation, options.Metric, isRating, context.RankSeenItems);
        _optimizer = new Optimizer<float>(options.Optimizer, job.Parameters, options.Momentum, options.WeightDecay);
        _state = new TrainingState(job, _optimizer);
        _clock = context.Clock ?? new FitClock();
    }

    /// <summary>Trains; at the end the parameters are those of the best epoch, or of the last one without
    /// validation.</summary>
    /// <param name="job">The network and its data.</param>
    /// <param name="options">How to train.</param>
    /// <param name="data">Validation users.</param>
    /// <param name="context">Seed, progress, checkpoint.</param>
    /// <param name="model">The model that validation asks; it must answer while its training runs.</param>
    /// <param name="name">The model's name, for errors.</param>
    /// <param name="isRating">Whether it predicts ratings rather than ranks items.</param>
    /// <param name="cancellationToken">Stops training.</param>
    /// <exception cref="TrainingDivergedException">The loss is no number any more, or far above where it began.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint has been written, if one was
    /// asked for.</exception>
    public static TrainingReport Run(
        TrainingJob job, TrainingOptions options, TrainingData data, FitContext context, IModel model, string name, bool isRating,
        CancellationToken cancellationToken) =>
        new Trainer(job, options, data, context, model, name, isRating, cancellationToken).Run();

    private TrainingReport Run()
    {
        if (_context.Checkpoint is { } checkpoint)
        {
            if (!checkpoint.Resume && File.Exists(checkpoint.Path))
            {
                throw new IOException(
                    $"{checkpoint.Path} is there already, and a checkpoint is not overwritten by another training. Resume from it, or give another file.");
            }

            if (checkpoint.Resume && File.Exists(checkpoint.Path))
            {
                _clock.ResumeFrom(_state.Load(checkpoint.Path));
            }
        }

        string stopped = "all epochs";
        int stage = _state.Epoch < _options.Epochs ? _job.Stage(_state.Epoch) : -1;
        _job.Begin(Math.Max(0, stage));
        while (_state.Epoch < _options.Epochs && _state.Stopped is null)
        {
            if (_job.Stage(_state.Epoch) != stage)
            {
                stage = _job.Stage(_state.Epoch);
                _job.Begin(stage);
                _optimizer.Reset();
            }

            RunEpoch();
        }

        stopped = _state.Stopped ?? stopped;
        if (_context.Checkpoint is { KeepAtEnd: true })
        {
            WriteCheckpoint();
        }

        if (_state.BestEpoch > 0)
        {
            _state.RestoreBest();
        }

        return new TrainingReport([.. _state.History], _state.BestEpoch > 0 ? _state.BestEpoch : _state.History.Count, stopped);
    }

    private string? Stopped()
    {
        int validations = _state.History.Count(e => e.Epoch > _state.BestEpoch && !double.IsNaN(e.MetricValue) && _job.Selects(e.Epoch - 1));
        return _options.Patience > 0 && _state.BestEpoch > 0 && validations >= _options.Patience ? "patience"
            : _options.TimeBudget > 0 && _state.History.Sum(e => e.TrainSeconds + e.ValidationSeconds) >= _options.TimeBudget ? "time budget"
            : _context.Callback?.ShouldContinue(_state.History[^1]) == false ? "callback"
            : null;
    }

    private void RunEpoch()
    {
        int epoch = _state.Epoch;
        int[] order = [.. Enumerable.Range(0, _job.Rows)];
        Streams.Of(_context.Seed, Purpose.Shuffle, epoch, 0).Shuffle(order.AsSpan());
        int batches = (order.Length + _options.BatchSize - 1) / _options.BatchSize;
        long start = Stopwatch.GetTimestamp();
        double before = _state.EpochSeconds;
        for (; _state.Batch < batches; _state.Batch++)
        {
            if (_cancellationToken.IsCancellationRequested)
            {
                _state.EpochSeconds = before + Stopwatch.GetElapsedTime(start).TotalSeconds;
                WriteCheckpoint();
                _cancellationToken.ThrowIfCancellationRequested();
            }

            RunBatch(order, batches);
            if (_context.Checkpoint is { EverySeconds: > 0 } checkpoint
                && Stopwatch.GetElapsedTime(_lastCheckpoint).TotalSeconds >= checkpoint.EverySeconds)
            {
                _state.Batch++;
                _state.EpochSeconds = before + Stopwatch.GetElapsedTime(start).TotalSeconds;
                WriteCheckpoint();
                _state.Batch--;
            }
        }

        _state.EpochSeconds = before + Stopwatch.GetElapsedTime(start).TotalSeconds;
        EndEpoch(epoch);
        _state.Stopped = Stopped();
        if (_context.Checkpoint is { EverySeconds: 0 })
        {
            WriteCheckpoint();
        }
    }

    private void RunBatch(int[] order, int batches)
    {
        double before = _state.LossSum, termsBefore = _state.LossTerms, rate = _options.RateAt(_state.Epoch, _state.Step);
        int first = _state.Batch * _options.BatchSize, count = Math.Min(_options.BatchSize, order.Length - first);
        for (int pass = 0; pass < _job.Passes; pass++)
        {
            var (loss, terms) = _job.Gradient(new Batch
            {
                Rows = order.AsSpan(first, count),
                Epoch = _state.Epoch,
                Pass = pass,
                Step = _state.Step,
                Seed = _context.Seed,
            });
            if (!double.IsFinite(loss))
            {
                throw Diverged($"the loss of batch {_state.Batch + 1} of {batches} is {loss.ToString(CultureInfo.InvariantCulture)}");
            }

            if (pass == 0)
            {
                _state.LossSum += loss;
                _state.LossTerms += terms;
            }

            _optimizer.Step(rate, Clip());
        }

        _state.Step++;
        _context.Callback?.StepEnded(new StepReport(
            _state.Step, _state.Epoch + 1, (_state.Batch + 1.0) / batches,
            (_state.LossSum - before) / Math.Max(1, _state.LossTerms - termsBefore), rate));
        _context.Progress?.Report(new FitProgress(
            "train", (_state.Epoch + ((_state.Batch + 1.0) / batches)) / _options.Epochs,
            string.Create(CultureInfo.InvariantCulture, $"epoch {_state.Epoch + 1}/{_options.Epochs}{_state.LastLine}")));
    }

    // The factor that shortens a gradient to the longest allowed; the sum runs in a fixed order.
    private double Clip()
    {
        if (_options.ClipNorm <= 0)
        {
            return 1;
        }

        double squares = 0;
        foreach (var parameter in _job.Parameters.Where(p => p.IsTrained))
        {
            squares += TensorPrimitives.SumOfSquares<float>(parameter.Gradient);
        }

        double norm = Math.Sqrt(squares);
        return norm > _options.ClipNorm ? _options.ClipNorm / norm : 1;
    }

    private void EndEpoch(int epoch)
    {
        double penalty = _job.PenaltyPerTerm(_state.LossTerms);
        double loss = (_state.LossSum / Math.Max(1, _state.LossTerms)) + penalty;
        if (!double.IsFinite(loss))
        {
            throw Diverged($"the mean loss is {loss.ToString(CultureInfo.InvariantCulture)}");
        }

        if (_state.History.FirstOrDefault(e => _job.Stage(e.Epoch - 1) == _job.Stage(epoch)) is { Loss: > 0 } begin && loss > Divergence * begin.Loss)
        {
            throw Diverged(FormattableString.Invariant($"the mean loss is {loss:G4}, after {begin.Loss:G4} in epoch {begin.Epoch}"));
        }

        // The last step's weights have been in no loss yet.
        if (_job.Parameters.Any(p => !TensorPrimitives.IsFiniteAll<float>(p.Value)))
        {
            throw Diverged("the weights after its last step are not finite");
        }

        long start = Stopwatch.GetTimestamp();
        bool validate = _validator is not null && _job.Selects(epoch)
            && ((epoch + 1) % _options.ValidateEvery == 0 || epoch + 1 == _options.Epochs);
        double metric = validate ? Validated(() => _validator!.Measure(_cancellationToken)) : double.NaN;
        double validationLoss = validate ? Validated(() => _job.ValidationLoss(_data.Validation!) ?? double.NaN) : double.NaN;
        if (double.IsInfinity(validationLoss))
        {
            throw Diverged($"the loss of the validation users is {validationLoss.ToString(CultureInfo.InvariantCulture)}");
        }

        bool best = validate && (_state.BestEpoch == 0 || _validator!.IsBetter(metric, _state.BestMetric));
        if (best)
        {
            _state.KeepBest(epoch + 1, metric);
        }

        double validationSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double done = _state.History.Sum(e => e.TrainSeconds + e.ValidationSeconds) + _state.EpochSeconds + validationSeconds;
        var report = new EpochReport
        {
            Epoch = epoch + 1,
            Epochs = _options.Epochs,
            Step = _state.Step,
            Loss = loss,
            Parts = Parts(penalty),
            ValidationLoss = validationLoss,
            Metric = _validator?.Name,
            MetricValue = metric,
            IsBest = best,
            BestMetricValue = _state.BestMetric,
            LearningRate = _options.RateAt(epoch, Math.Max(0, _state.Step - 1)),
            TrainSeconds = _state.EpochSeconds,
            ValidationSeconds = validationSeconds,
            RowsPerSecond = _job.Rows / Math.Max(1e-9, _state.EpochSeconds),
            SecondsLeft = done / (epoch + 1) * (_options.Epochs - epoch - 1),
            FitSeconds = _clock.Seconds,
        };
        _state.EndEpoch(report);
        _context.Callback?.EpochEnded(report);
    }

    // Weights may be finite and what they predict not: of that too it is said in which epoch, and what to try.
    private double Validated(Func<double> measure)
    {
        try
        {
            return measure();
        }
        catch (TrainingDivergedException error) when (error.What is not null)
        {
            throw Diverged(error.What);
        }
    }

    private Dictionary<string, double> Parts(double penalty)
    {
        var parts = _job.PartSums.ToDictionary(p => p.Key, p => p.Value / Math.Max(1, _state.LossTerms));
        if (penalty != 0)
        {
            parts["penalty"] = penalty;
        }

        foreach (var (name, level) in _job.Levels(Math.Max(0, _state.Step - 1)))
        {
            parts[name] = level;
        }

        return parts;
    }

    private TrainingDivergedException Diverged(string what)
    {
        var layer = _job.Parameters.FirstOrDefault(p => !Array.TrueForAll(p.Value, float.IsFinite))
            ?? _job.Parameters.FirstOrDefault(p => !Array.TrueForAll(p.Gradient, float.IsFinite));
        return new TrainingDivergedException(
            $"{_name} diverged: in epoch {_state.Epoch + 1}, {what}; {(layer is null ? "all weights are finite" : $"the first layer with numbers that are not finite is {layer.Name}")}. " +
            TrainingDivergedException.Advice($" (now {_options.LearningRate.ToString(CultureInfo.InvariantCulture)})"));
    }

    private void WriteCheckpoint()
    {
        if (_context.Checkpoint is { } checkpoint)
        {
            _state.Save(checkpoint.Path, _clock.Seconds);
            _lastCheckpoint = Stopwatch.GetTimestamp();
        }
    }
}

/// <summary>Measures a model on the validation users.</summary>
internal sealed class Validator
{
    private readonly IModel _model;
    private readonly EvaluationSet _set;
    private readonly bool _isRating;
    private readonly Metric _metric;
    private readonly EvaluationOptions _options;

    public Validator(IModel model, EvaluationSet set, string metric, bool isRating, bool rankSeenItems = false)
    {
        (_model, _set, _isRating) = (model, set, isRating);
        Name = metric.Length > 0 ? metric : isRating ? "rmse" : "ndcg@100";
        _metric = MetricCatalog.BuiltIn.Parse([Name], isRating)[0];
        _options = new EvaluationOptions { Metrics = [_metric], ExcludeSeen = !rankSeenItems };
    }

    public string Name { get; }

    public bool IsBetter(double value, double than) => _metric.IsBetter(value, than);

    public double Measure(CancellationToken cancellationToken)
    {
        var report = _isRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)_model, _set, _options, cancellationToken)
            : Evaluator.Evaluate((IRecommender)_model, _set, _options, cancellationToken);
        return report.Metrics[Name].Mean;
    }
}
