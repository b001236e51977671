using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Encore.Tracking.Tests;

public sealed class RunQueryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly Run[] Runs =
    [
        Make("20260131-120000-mult-vae-0a1b", "mult-vae", Noon, r => r with
        {
            Seconds = 95,
            Ended = Noon.AddSeconds(95),
            Metrics = new Dictionary<string, double> { ["ndcg@100"] = 0.42, ["validation/ndcg@100"] = 0.43, ["fit_seconds"] = 90, ["epochs"] = 200 },
        }, d => d with
        {
            Options = new Dictionary<string, string> { ["epochs"] = "250", ["beta"] = "0.2", ["layers"] = "600,200" },
            Config = new Dictionary<string, string> { ["data.source"] = "ml-1m", ["k"] = "10" },
            Tags = ["best", "two words"],
            Seed = 7,
        }),
        Make("20260201-000000-ease-2c3d", "ease", Noon.AddHours(12), r => r with
        {
            Seconds = 2,
            Ended = Noon.AddHours(12).AddSeconds(2),
            Metrics = new Dictionary<string, double> { ["ndcg@100"] = 0.39, ["fit_seconds"] = 1.5 },
        }, d => d with { Options = new Dictionary<string, string> { ["l2"] = "500" }, Parent = "20260131-235959-compare-ffff" }),
        Make("20260202-000000-ease-4e5f", "ease", Noon.AddHours(36), r => r with { Status = RunStatus.Failed, Error = "out of memory" },
            d => d with { Options = new Dictionary<string, string> { ["l2"] = "1e3" } }),
    ];

    [Theory]
    [InlineData("model=multvae and ndcg@100>.41", "0")]
    [InlineData("model=MULT-VAE", "0")]
    [InlineData("model=mult_vae", "0")]
    [InlineData("model~vae", "0")]
    [InlineData("model!=ease", "0")]
    [InlineData("ndcg@100>=0.39", "01")]
    [InlineData("ndcg@100<0.4", "1")]
    [InlineData("ndcg@100!=0.42", "1")] // the third has none
    [InlineData("not ndcg@100>0.4", "12")]
    [InlineData("metric.ndcg@100=.42", "0")]
    [InlineData("validation/ndcg@100>0", "0")]
    [InlineData("fit_seconds<=1.5", "1")]
    [InlineData("status=failed", "2")]
    [InlineData("status!=finished", "2")]
    [InlineData("error~memory", "2")]
    [InlineData("error=''", "01")]
    [InlineData("tag=best", "0")]
    [InlineData("tag=\"two words\"", "0")]
    [InlineData("tag!=best", "12")]
    [InlineData("tag='Two Words'", "0")]
    [InlineData("parent!=''", "1")]
    [InlineData("seed=7", "0")]
    [InlineData("seed>1", "0")]
    [InlineData("epochs=200", "0")] // those trained
    [InlineData("option.epochs=250", "0")] // those asked for
    [InlineData("l2>500", "2")]
    [InlineData("l2=1000", "2")] // 1e3
    [InlineData("option.l2=500.0", "1")]
    [InlineData("layers~600", "0")]
    [InlineData("layers='600,200'", "0")]
    [InlineData("data=ML-1M", "012")]
    [InlineData("data=0123", "012")]
    [InlineData("data.source=ml-1m", "0")]
    [InlineData("config.k=10", "0")]
    [InlineData("users=100", "012")]
    [InlineData("started=2026-01-31", "0")]
    [InlineData("started>2026-01-31", "12")]
    [InlineData("started>=2026-01-31", "012")]
    [InlineData("started<=2026-02-01", "01")]
    [InlineData("started<2026-02-01T00:00", "0")]
    [InlineData("started='2026-01-31 12:00'", "0")]
    [InlineData("started>=2026-01-31T12:00:01Z", "12")]
    [InlineData("ended>2026-01-31", "1")] // the third has not ended
    [InlineData("duration>1.5m", "0")]
    [InlineData("seconds=2", "1")]
    [InlineData("id~4e5f", "2")]
    [InlineData("model=ease and ndcg@100>0 or tag=best", "01")]
    [InlineData("model=ease AND (ndcg@100>0 OR tag=best)", "1")]
    [InlineData("not model=ease and not tag=best or status=failed", "2")]
    [InlineData("not (model=ease or not tag=best)", "0")]
    [InlineData("name=and", "")]
    public void Select_Query_FindsThoseMeant(string query, string expected)
    {
        var parsed = RunQuery.Parse(query, new Clock(Noon.AddDays(3)));
        string.Concat(parsed.Select(Runs).Select(r => Array.IndexOf(Runs, r))).ShouldBe(expected);
        var again = RunQuery.Parse(parsed.ToString());
        again.ToString().ShouldBe(parsed.ToString());
        again.Select(Runs).ShouldBe(parsed.Select(Runs));
    }

    [Theory]
    [InlineData("", "Position 1: found the end, expected a name such as model, not, or (.")]
    [InlineData("model", "Position 6: found the end, expected one of = != > >= < <= ~ after model.")]
    [InlineData("model=", "Position 7: found the end, expected a value after =.")]
    [InlineData("model=ease ndcg@100>1", "Position 12: found ndcg@100, expected and, or, or the end.")]
    [InlineData("model==ease", "Position 7: found =, expected a value after =.")]
    [InlineData("(model=ease", "Position 12: found the end, expected and, or, or ).")]
    [InlineData("model=ease)", "Position 11: found ), expected and, or, or the end.")]
    [InlineData("model=ease and", "Position 15: found the end, expected a name such as model, not, or (.")]
    [InlineData("and model=ease", "Position 1: found and, expected a name such as model.")]
    [InlineData("model='ease", "Position 7: found ' without its other, expected the text in quotes to end.")]
    [InlineData("!model=ease", "Position 1: found !, expected != or not.")]
    [InlineData("seed=abc", "Position 6: seed: found abc, expected a number.")]
    [InlineData("seed~1", "Position 5: seed is no text: found ~, expected one of = != > >= < <=.")]
    [InlineData("status=finshed", "Position 8: status: found finshed, expected one of running, finished, failed, stopped, interrupted. Did you mean finished?")]
    [InlineData("status=1", "Position 8: status: found 1, expected one of running, finished, failed, stopped, interrupted.")]
    [InlineData("started>yesterday", "Position 9: started: found yesterday, expected a day such as 2026-01-31, or a time (UTC) such as 2026-01-31T18:30.")]
    [InlineData("duration>long", "Position 10: duration: found long, expected seconds, or a time such as 90s, 15m, 2h or 1d.")]
    public void Parse_WhatIsNoQuery_SaysWhereAndWhatWasExpected(string query, string message) =>
        Should.Throw<FormatException>(() => RunQuery.Parse(query)).Message.ShouldBe(message);

    [Theory]
    [InlineData("modle=ease", "No run has modle: it is no field, metric, option or key of the configuration. Did you mean model?")]
    [InlineData("ncdg@100>1", "No run has ncdg@100: it is no field, metric, option or key of the configuration. Did you mean ndcg@100?")]
    [InlineData("option.l3=1", "No run has option.l3: it is no field, metric, option or key of the configuration. Did you mean option.l2?")]
    [InlineData("ndcg@100>much", "ndcg@100: found much, expected a number.")]
    [InlineData("ndcg@100~1", "ndcg@100 is a number: found ~, expected one of = != > >= < <=.")]
    public void Select_NamesThatMeanNothing_SuggestsOthers(string query, string message)
    {
        Should.Throw<FormatException>(() => RunQuery.Parse(query).Select(Runs)).Message.ShouldBe(message);
        RunQuery.Parse(query).Select([]).ShouldBeEmpty();
    }

    [Fact]
    public void Parse_VeryDeep_IsRefused()
    {
        Should.Throw<FormatException>(() => RunQuery.Parse(new string('(', 100_000))).Message.ShouldContain("more than 100 conditions within each other");
        Should.Throw<FormatException>(() => RunQuery.Parse(string.Concat(Enumerable.Repeat("not ", 100_000))));
        RunQuery.Parse(string.Join(" or ", Enumerable.Repeat("seed=2", 20_000)) + " or seed=7").Select(Runs).Count.ShouldBe(1);
    }

    [Fact]
    public void Matches_ARunOnItsWay_CountsItsSecondsUpToNow()
    {
        var run = Make("a", "ease", Noon, r => r with { Status = RunStatus.Running, SessionStarted = Noon, Seconds = 10 }, d => d);
        RunQuery.Parse("duration=70s", new Clock(Noon.AddMinutes(1))).Matches(run).ShouldBeTrue();
    }

    [Property(MaxTest = 2000)]
    public void Parse_AnyText_ParsesOrSaysWhatIsWrong(string? text)
    {
        try
        {
            RunQuery.Parse(text ?? "").Matches(Runs[0]);
        }
        catch (FormatException)
        {
        }
    }

    [Property(MaxTest = 2000)]
    public Property Parse_WordsOfTheLanguageInAnyOrder_ParsesOrSaysWhere()
    {
        var words = Gen.Elements("model", "ndcg@100", "seed", "=", ">", "!=", "~", "(", ")", "and", "or", "not", "'a b'", "\"\"", "7", ".4", "ease");
        return Prop.ForAll(words.ListOf().Select(w => string.Join(' ', w)).ToArbitrary(), text =>
        {
            try
            {
                string canonical = RunQuery.Parse(text).ToString();
                return RunQuery.Parse(canonical).ToString() == canonical && Runs.All(r => RunQuery.Parse(canonical).Matches(r) == RunQuery.Parse(text).Matches(r));
            }
            catch (FormatException error)
            {
                return error.Message.StartsWith("Position ", StringComparison.Ordinal);
            }
        });
    }

    [Property(MaxTest = 500)]
    public Property Matches_Composed_IsTheLogicOfItsParts()
    {
        string[] parts = ["model=ease", "ndcg@100>.4", "tag=best", "status=failed", "l2>=500"];
        var part = Gen.Elements(parts);
        return Prop.ForAll(part.ToArbitrary(), part.ToArbitrary(), part.ToArbitrary(), (a, b, c) => Runs.All(run =>
        {
            bool x = RunQuery.Parse(a).Matches(run), y = RunQuery.Parse(b).Matches(run), z = RunQuery.Parse(c).Matches(run);
            return RunQuery.Parse($"{a} or {b} and {c}").Matches(run) == (x || (y && z))
                && RunQuery.Parse($"({a} or {b}) and not {c}").Matches(run) == ((x || y) && !z)
                && RunQuery.Parse($"not ({a} and {b})").Matches(run) == RunQuery.Parse($"not {a} or not {b}").Matches(run);
        }));
    }

    [Theory]
    [InlineData("ndcg@100", "102")] // the third has none, and is last
    [InlineData("-ndcg@100", "012")]
    [InlineData("ndcg@100:desc", "012")]
    [InlineData("-ndcg@100:desc", "102")]
    [InlineData("l2", "120")]
    [InlineData("l2:desc", "210")]
    [InlineData("model,-started", "210")]
    [InlineData("-seconds", "012")]
    [InlineData("tag", "012")]
    public void Sort_Key_OrdersRuns(string order, string expected) =>
        string.Concat(RunOrder.Parse(order).Sort(Runs).Select(r => Array.IndexOf(Runs, r))).ShouldBe(expected);

    [Theory]
    [InlineData("", "Found no name, expected one such as model or ndcg@100.")]
    [InlineData("model,", "Found no name, expected one such as model or ndcg@100.")]
    [InlineData("model:down", "model:down: found down, expected asc or desc.")]
    [InlineData("ncdg@100", "No run has ncdg@100: it is no field, metric, option or key of the configuration. Did you mean ndcg@100?")]
    public void Sort_WhatIsNoKey_SaysWhatWasExpected(string order, string message) =>
        Should.Throw<FormatException>(() => RunOrder.Parse(order).Sort(Runs)).Message.ShouldBe(message);

    private static Run Make(string id, string model, DateTimeOffset started, Func<Run, Run> change, Func<RunDescription, RunDescription> describe) => change(new Run
    {
        Id = id,
        Status = RunStatus.Finished,
        Started = started,
        Description = describe(new RunDescription { Kind = "train", Name = model, Model = model, Data = new RunData("ml-1m", "0123", 100, 50, 1000) }),
        Machine = Machine.Here(),
    });

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
