using System.Globalization;
using Encore.Numerics;
using Encore.Tracking;

namespace Encore.Server.Tests;

/// <summary>Runs as the tool would write them, the same for the same seed: comparisons, tunings and trainings.</summary>
internal sealed class DemoRuns(string folder)
{
    private static readonly (string Name, double Ndcg)[] Models =
        [("popularity", 0.19), ("itemknn", 0.33), ("ease", 0.42), ("mult-vae", 0.425), ("mult-dae", 0.415), ("cdae", 0.39), ("autorec", 0.31), ("svae", 0.36)];

    private readonly Clock _clock = new();
    private Rng _rng = new(7);

    public RunStore Store => field ??= new RunStore(folder, _clock);

    /// <summary>Writes runs until the store holds as many: a tenth of them comparisons and tunings with theirs within.</summary>
    public void Fill(int count)
    {
        for (int made = 0, round = 0; made < count; round++)
        {
            made += round % 8 == 0 && count - made > 9 ? Compare() : round % 8 == 4 && count - made > 26 ? Tune() : Train(Models[round % Models.Length], "train", null);
        }
    }

    /// <summary>A run of Mult-VAE with its figures, left open.</summary>
    public StoredRun Open(string name = "mult-vae", int epochs = 5)
    {
        var run = Store.Begin(Description("train", name, "mult-vae", null, Options("mult-vae")));
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            Log(run, epoch, 0.42);
        }

        return run;
    }

    /// <summary>The figures of an epoch.</summary>
    public void Log(StoredRun run, int epoch, double best)
    {
        _clock.Advance(TimeSpan.FromSeconds(2.4));
        double progress = 1 - Math.Exp(-epoch / 6.0), noise = _rng.NextGaussian();
        run.Log(new RunMetrics(epoch * 120, epoch, _clock.GetUtcNow(), new Dictionary<string, double>
        {
            [MetricKeys.Loss] = 640 - (120 * progress) + noise,
            ["loss/reconstruction"] = 600 - (110 * progress) + noise,
            ["loss/kl"] = 20 + (30 * progress),
            [MetricKeys.Validation + MetricKeys.Loss] = 648 - (108 * progress) + (epoch * 0.15),
            ["validation/ndcg@100"] = (best * progress) + (0.002 * noise),
            [MetricKeys.Beta] = Math.Min(0.2, epoch * 0.02),
            [MetricKeys.LearningRate] = 1e-3,
            [MetricKeys.RowsPerSecond] = 9000 + (200 * noise),
            [MetricKeys.TrainSeconds] = 2.1 + (0.02 * noise),
            [MetricKeys.ValidationSeconds] = 0.3,
            [MetricKeys.Memory] = 6.1e8 + (epoch * 1e6),
            [MetricKeys.Processors] = 1.9,
        }));
    }

    private int Compare()
    {
        using var parent = Store.Begin(Description("compare", "compare", null, null, []) with { Tags = _rng.NextInt32(2) == 0 ? ["paper"] : [] });
        int runs = 1 + Models.Take(8).Sum(m => Train(m, "fit", parent.Id));
        parent.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        return runs;
    }

    private int Tune()
    {
        using var parent = Store.Begin(Description("tune", "tune mult-vae", "mult-vae", null, []));
        int runs = 1;
        for (int trial = 0; trial < 24; trial++)
        {
            double beta = Math.Round(0.05 + (0.95 * _rng.NextDouble()), 2), rate = double.Parse((1e-4 * Math.Pow(50, _rng.NextDouble())).ToString("0.0e0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            var options = Options("mult-vae");
            options["beta"] = beta.ToString(CultureInfo.InvariantCulture);
            options["learning-rate"] = rate.ToString("R", CultureInfo.InvariantCulture);
            options["hidden"] = ((string[])["200", "400", "600", "800"])[_rng.NextInt32(4)];
            options["activation"] = ((string[])["tanh", "relu"])[_rng.NextInt32(2)];
            double ndcg = 0.425 - (0.12 * Math.Pow(beta - 0.2, 2)) - (0.01 * Math.Pow(Math.Log10(rate / 1e-3), 2)) - (options["activation"] == "relu" ? 0.006 : 0) + (0.001 * _rng.NextGaussian());
            runs += Train(("mult-vae", ndcg), "trial", parent.Id, options, FormattableString.Invariant($"trial {trial + 1}"));
        }

        parent.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.424 }));
        return runs;
    }

    private int Train((string Name, double Ndcg) model, string kind, string? parent, Dictionary<string, string>? options = null, string? name = null)
    {
        using var run = Store.Begin(Description(kind, name ?? model.Name, model.Name, parent, options ?? Options(model.Name)));
        int fate = parent is null ? _rng.NextInt32(12) : 11;
        int epochs = model.Name is "popularity" or "itemknn" or "ease" ? 0 : 12 + _rng.NextInt32(18);
        for (int epoch = 1; epoch <= (fate < 2 ? epochs / 3 : epochs); epoch++)
        {
            Log(run, epoch, model.Ndcg);
        }

        _clock.Advance(TimeSpan.FromSeconds(3 + (30 * _rng.NextDouble())));
        if (fate == 0)
        {
            run.Write("loss is NaN after batch 480");
            run.Finish(new RunOutcome(RunStatus.Failed, new Dictionary<string, double>(), "Training diverged: the loss is no number after batch 480. Try a lower learning rate."));
        }
        else if (fate == 1)
        {
            run.Finish(new RunOutcome(RunStatus.Stopped, new Dictionary<string, double>()));
        }
        else
        {
            run.Finish(new RunOutcome(RunStatus.Finished, Reached(model.Ndcg + (0.002 * _rng.NextGaussian()), epochs)));
        }

        _clock.Advance(TimeSpan.FromMinutes(_rng.NextInt32(90)));
        return 1;
    }

    private static Dictionary<string, double> Reached(double ndcg, int epochs)
    {
        var metrics = new Dictionary<string, double>
        {
            ["ndcg@100"] = ndcg,
            ["ndcg@100/stderr"] = 0.0021,
            ["recall@20"] = ndcg * 0.92,
            ["recall@20/stderr"] = 0.0026,
            ["recall@50"] = ndcg * 1.23,
            ["recall@50/stderr"] = 0.0024,
            ["coverage@100"] = 0.3 + (ndcg / 2),
            [MetricKeys.FitSeconds] = 1.5 + (epochs * 2.4),
            [MetricKeys.EvaluateSeconds] = 0.8,
            [MetricKeys.PeakMemory] = 6.6e8,
        };
        if (epochs > 0)
        {
            metrics["validation/ndcg@100"] = ndcg + 0.004;
            metrics[MetricKeys.Epochs] = epochs;
            metrics[MetricKeys.BestEpoch] = epochs - 3;
        }

        return metrics;
    }

    private RunDescription Description(string kind, string name, string? model, string? parent, Dictionary<string, string> options)
    {
        string data = parent is null ? ((string[])["ml-1m", "ml-20m", "demo"])[_rng.NextInt32(3)] : Store.Get(parent).Description.Data!.Source;
        return new()
        {
            Kind = kind,
            Name = name,
            Model = model,
            Parent = parent,
            Options = options,
            Config = new Dictionary<string, string> { ["data.source"] = data, ["data.min-rating"] = "4", ["training.patience"] = "5" },
            Command = [kind, .. model is null ? [] : (string[])[model], "--data", data],
            Data = new RunData(data, "9f2c41d07ab3", 6034, 3125, 574_376, "80% of users train"),
            Protocol = "strong",
            Seed = (ulong)_rng.NextInt32(5) + 1,
        };
    }

    private static Dictionary<string, string> Options(string model) => model switch
    {
        "ease" => new() { ["lambda"] = "200" },
        "popularity" => [],
        "itemknn" => new() { ["neighbours"] = "100", ["shrink"] = "20" },
        _ => new() { ["hidden"] = "600", ["latent"] = "200", ["dropout"] = "0.5", ["learning-rate"] = "0.001", ["beta"] = "0.2", ["epochs"] = "50", ["activation"] = "tanh" },
    };

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 12, 8, 30, 0, TimeSpan.Zero);

        public void Advance(TimeSpan time) => _now += time;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
