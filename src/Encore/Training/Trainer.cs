using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics.Tensors;
using Encore.Metrics;
using Encore.Networks;

namespace Encore.Training;

/// <summary>
/// The loop of all iterative models: epochs of phases, shuffled mini-batches, optimiser steps, validation, early stopping,
/// checkpoints. Everything random is a function of (seed, sweep, row), so a run that is stopped and resumed at any batch
/// has the same bits as one that was not.
/// </summary>
[Experimental(Preview.Networks)]
public sealed class Trainer
{
    // A loss this many times that of the first epoch will not come back.
    private const double Divergence = 1e3;

    // Milliseconds between two reports of progress.
    private const int ReportEvery = 200;

    private readonly TrainingJob _job;
    private readonly TrainingOptions _options;
    private readonly FitContext _context;
    private readonly CancellationToken _cancellationToken;
    private readonly string _name;
    private readonly Validator? _validator;
    private readonly Optimizers _optimizers;
    private readonly TrainingState _state;
    private readonly FitClock _clock;
    private long _lastCheckpoint = Stopwatch.GetTimestamp();
    private long _lastReport;

    private Trainer(TrainingJob job, TrainingOptions options, TrainingData data, FitContext context, string name, CancellationToken cancellationToken)
    {
        job.Compute = context.Compute;
        (_job, _context, _name, _cancellationToken) = (job, context, name, cancellationToken);
        _options = context.Epochs is { } epochs ? options with { Epochs = epochs } : options;

        // Users of whom nothing is held out select no epoch: it is as if there were none, and the split says so.
        string metric = options.Metric.Length > 0 ? options.Metric : job.PredictsRatings ? "rmse" : "ndcg@100";
        _validator = data.Validation is null || data.Validation.HeldOut.Count == 0 ? null
            : new Validator(data.Validation, data.Interactions, (context.Metrics ?? MetricCatalog.BuiltIn).Parse(metric, job.PredictsRatings), name, context.RankSeenItems, context.Compute);
        _optimizers = new Optimizers(_options);
        _state = new TrainingState(job, _optimizers);
        _clock = context.Clock ?? new FitClock();
    }

    /// <summary>Trains; at the end the parameters are those of the best epoch, or of the last one without
    /// validation.</summary>
    /// <param name="job">The network and its data.</param>
    /// <param name="options">How to train.</param>
    /// <param name="data">Validation users.</param>
    /// <param name="context">Seed, progress, checkpoint.</param>
    /// <param name="name">The model's name, for errors.</param>
    /// <param name="cancellationToken">Stops training.</param>
    /// <exception cref="TrainingDivergedException">The loss is no number any more, or far above where it began.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint has been written, if one was
    /// asked for.</exception>
    public static TrainingReport Run(
        TrainingJob job, TrainingOptions options, TrainingData data, FitContext context, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            return new Trainer(job, options, data, context, name, cancellationToken).Run();
        }
        finally
        {
            Train(job, job.Parameters);
        }
    }

    private TrainingReport Run()
    {
        if (_context.Checkpoint is { } checkpoint)
        {
            if (!checkpoint.Resume && File.Exists(checkpoint.Path))
            {
                throw new IOException(
                    $"{checkpoint.Path} already exists, and a checkpoint is not overwritten by a new training. Resume from it, or choose another file.");
            }

            if (checkpoint.Resume && File.Exists(checkpoint.Path))
            {
                _clock.ResumeFrom(_state.Load(checkpoint.Path));

                // With more patience or time than it had it goes on.
                _state.Stopped = _state.Stopped is Patience or TimeBudget ? Limit() : _state.Stopped;
            }
        }

        while (_state.Epoch < _options.Epochs && _state.Stopped is null)
        {
            RunEpoch();
        }

        if (_context.Checkpoint is { KeepAtEnd: true })
        {
            WriteCheckpoint();
        }

        if (_state.BestEpoch > 0)
        {
            _state.RestoreBest();
        }

        return new TrainingReport(
            [.. _state.History], _state.BestEpoch > 0 ? _state.BestEpoch : _state.History.Count, _state.Stopped ?? "all epochs");
    }

    private const string Patience = "patience", TimeBudget = "time budget";

    private string? Stopped() => Limit() ?? (_context.Callback?.ShouldContinue(_state.History[^1]) == false ? "callback" : null);

    // Which of the options' limits has been reached.
    private string? Limit()
    {
        int validations = _state.History.Count(e => e.Epoch > _state.BestEpoch && !double.IsNaN(e.MetricValue) && _job.Plan(e.Epoch - 1).Selects);
        return _options.Patience > 0 && _state.BestEpoch > 0 && validations >= _options.Patience ? Patience
            : _options.TimeBudget > 0 && _state.History.Sum(e => e.TrainSeconds + e.ValidationSeconds) >= _options.TimeBudget ? TimeBudget
            : null;
    }

    private void RunEpoch()
    {
        var plan = _job.Plan(_state.Epoch);
        for (long start = Stopwatch.GetTimestamp(); _state.Phase < plan.Phases.Count; _state.EndPhase())
        {
            RunPhase(plan, plan.Phases[_state.Phase], ref start);
        }

        EndEpoch(_state.Epoch, plan);
        _state.Stopped = Stopped();
        if (_context.Checkpoint is { EverySeconds: 0 })
        {
            WriteCheckpoint();
        }
    }

    private void RunPhase(EpochPlan plan, Phase phase, ref long start)
    {
        var (firstRow, rows) = phase.Rows.GetOffsetAndLength(_job.Rows);
        int[] order = [.. Enumerable.Range(firstRow, rows)];
        Streams.Of(_context.Seed, Purpose.Shuffle, _state.Sweep, 0).Shuffle(order.AsSpan());
        int batches = (order.Length + _options.BatchSize - 1) / _options.BatchSize;
        Train(_job, phase.Group.Parameters);
        if (!_state.Entered)
        {
            if (phase.FreshOptimizer)
            {
                _optimizers.Forget(phase.Group);
            }

            _job.Enter(phase, _state.Epoch);
            _state.Entered = true;
        }

        var optimizer = _optimizers.Of(phase.Group);
        for (; _state.Batch < batches; _state.Batch++)
        {
            if (_cancellationToken.IsCancellationRequested)
            {
                Count(ref start);
                WriteCheckpoint();
                _cancellationToken.ThrowIfCancellationRequested();
            }

            RunBatch(plan, phase, optimizer, order, batches);
            if (_context.Checkpoint is { EverySeconds: > 0 } checkpoint
                && Stopwatch.GetElapsedTime(_lastCheckpoint).TotalSeconds >= checkpoint.EverySeconds)
            {
                _state.Batch++;
                Count(ref start);
                WriteCheckpoint();
                _state.Batch--;
            }
        }

        Count(ref start);
    }

    private static void Train(TrainingJob job, IReadOnlyList<Parameter<float>> trained)
    {
        foreach (var parameter in job.Parameters.Concat(job.State))
        {
            parameter.IsTrained = false;
        }

        foreach (var parameter in trained)
        {
            parameter.IsTrained = true;
        }
    }

    // Adds the time since a start to the epoch's, and starts anew.
    private void Count(ref long start)
    {
        long now = Stopwatch.GetTimestamp();
        _state.EpochSeconds += Stopwatch.GetElapsedTime(start, now).TotalSeconds;
        start = now;
    }

    private void RunBatch(EpochPlan plan, Phase phase, Optimizer<float> optimizer, int[] order, int batches)
    {
        double rate = _options.RateAt(_state.Epoch, _state.Step) * (phase.Group.Optimizer?.RateFactor ?? 1);
        var rows = order.AsSpan(_state.Batch * _options.BatchSize, Math.Min(_options.BatchSize, order.Length - (_state.Batch * _options.BatchSize)));
        double mean = 0;
        for (int pass = 0; pass < phase.Passes; pass++)
        {
            long terms = _job.Terms(rows, pass);
            var batch = new Batch
            {
                Rows = rows,
                Epoch = _state.Epoch,
                Phase = phase,
                Pass = pass,
                Sweep = _state.Sweep,
                Step = _state.Step,
                Scale = 1f / Math.Max(1, terms),
                Seed = _context.Seed,
            };
            _job.Parameters.BeginStep();
            double loss = _job.Gradient(batch);
            if (!double.IsFinite(loss))
            {
                throw Diverged($"the loss of batch {_state.Batch + 1} of {batches} is {loss.ToString(CultureInfo.InvariantCulture)}");
            }

            if (pass == 0)
            {
                mean = loss / Math.Max(1, terms);
                if (phase.CountsLoss)
                {
                    _state.LossSum += loss;
                    _state.LossTerms += terms;
                }
            }

            if (phase.Group.Parameters.FirstOrDefault(p => !p.HasGradient) is { } without)
            {
                throw new InvalidOperationException(
                    $"{_name}: phase {phase.Name} trains {without.Name}, and the job's gradient left it out. Call {nameof(Parameter<>.Begin)} and write it, or take it out of group {phase.Group.Name}.");
            }

            optimizer.Step(_context.Compute, rate, Clip(phase.Group));
            if (pass == phase.Passes - 1)
            {
                _job.StepEnded(batch);
            }
        }

        _state.Step++;
        double fraction = (_state.Phase + ((_state.Batch + 1.0) / batches)) / plan.Phases.Count;
        _context.Callback?.StepEnded(new StepReport(_state.Step, _state.Epoch + 1, fraction, mean, rate));
        ReportProgress(fraction);
    }

    // Several times a second is enough for whoever watches, and a batch may take less than the words about it.
    private void ReportProgress(double fraction)
    {
        if (_context.Progress is { } progress && (_lastReport == 0 || Stopwatch.GetElapsedTime(_lastReport).TotalMilliseconds >= ReportEvery
            || (fraction >= 1 && _state.Epoch + 1 == _options.Epochs)))
        {
            _lastReport = Stopwatch.GetTimestamp();
            progress.Report(new FitProgress("train", (_state.Epoch + fraction) / _options.Epochs,
                string.Create(CultureInfo.InvariantCulture, $"epoch {_state.Epoch + 1}/{_options.Epochs}{_state.LastLine}")));
        }
    }

    // The factor that shortens a gradient to the longest allowed; the sum runs in a fixed order.
    private double Clip(ParameterGroup group)
    {
        if (_options.ClipNorm <= 0)
        {
            return 1;
        }

        double squares = 0;
        foreach (var parameter in group.Parameters)
        {
            squares += TensorPrimitives.SumOfSquares<float>(parameter.Gradient);
        }

        double norm = Math.Sqrt(squares);
        return norm > _options.ClipNorm ? _options.ClipNorm / norm : 1;
    }

    private void EndEpoch(int epoch, EpochPlan plan)
    {
        double penalty = _job.PenaltyPerTerm(plan, _state.LossTerms);
        double loss = (_state.LossSum / Math.Max(1, _state.LossTerms)) + penalty;
        if (!double.IsFinite(loss))
        {
            throw Diverged($"the mean loss is {loss.ToString(CultureInfo.InvariantCulture)}");
        }

        if (_state.History.FirstOrDefault(e => _job.Plan(e.Epoch - 1).Stage == plan.Stage) is { Loss: > 0 } begin && loss > Divergence * begin.Loss)
        {
            throw Diverged(FormattableString.Invariant($"the mean loss is {loss:G4}, after {begin.Loss:G4} in epoch {begin.Epoch}"));
        }

        // The last step's weights have been in no loss yet.
        if (_job.Parameters.Any(p => !TensorPrimitives.IsFiniteAll<float>(p.Value)))
        {
            throw Diverged("the weights after its last step are not finite");
        }

        long start = Stopwatch.GetTimestamp();
        var validated = _validator is { } validator && plan.Selects
            && ((epoch + 1) % _options.ValidateEvery == 0 || epoch + 1 == _options.Epochs)
            ? Validate(validator)
            : new ValidationResult(double.NaN);

        // A first value that is no number would never be bettered.
        bool best = !double.IsNaN(validated.Metric) && (_state.BestEpoch == 0 || double.IsNaN(_state.BestMetric)
            || _validator!.Metric.IsBetter(validated.Metric, _state.BestMetric));
        if (best)
        {
            _state.KeepBest(epoch + 1, validated.Metric);
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
            ValidationLoss = validated.Loss,
            Metric = _validator?.Metric.Name,
            LowerIsBetter = _validator?.Metric.LowerIsBetter,
            MetricValue = validated.Metric,
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
    private ValidationResult Validate(Validator validator)
    {
        ValidationResult result;
        try
        {
            result = _job.Validate(validator, _cancellationToken);
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            // All steps of the epoch are done: a resumed training begins with the validation.
            WriteCheckpoint();
            throw;
        }
        catch (TrainingDivergedException error) when (error.What is not null)
        {
            throw Diverged(error.What);
        }

        return double.IsInfinity(result.Loss)
            ? throw Diverged($"the loss of the validation users is {result.Loss.ToString(CultureInfo.InvariantCulture)}")
            : result;
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
