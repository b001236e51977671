using Encore.Splitting;
using Encore.Tests.Splitting;
using FsCheck.Xunit;

namespace Encore.Tests;

/// <summary>How much interactions count: by value and age, from the log to the matrices.</summary>
public sealed class InteractionWeightsTests
{
    private const long Day = 86_400, Start = 1_000_000_000;

    // Of a to d, which lie 0, 10, 20 and 40 days after the start.
    private static readonly Interaction[] Plays =
    [
        new("u", "c", 90, Start + (20 * Day)), new("u", "a", 1, Start), new("u", "b", 3, Start + (10 * Day)),
        new("v", "b", 7, Start + (10 * Day)), new("v", "d", 2, Start + (40 * Day)),
    ];

    private static Interactions Counts => Interactions.From(Plays).WithUnits(TimeUnit.Seconds, hasCounts: true);

    [Theory]
    [InlineData(Confidence.None, 1, 1)]
    [InlineData(Confidence.Column, 90, 90)]
    [InlineData(Confidence.Linear, 3601, 90)]
    [InlineData(Confidence.Log, 93.1034, 90)]
    public void Of_AValue_IsThePapersFormula(Confidence confidence, double expected, float value)
    {
        // 1 + 40·90 and 1 + 40·ln(1 + 90/10).
        var weighting = new InteractionWeighting { Confidence = confidence, Alpha = 40, Epsilon = 10 };
        weighting.Of(value).ShouldBe((float)expected, 1e-3);
    }

    [Fact]
    public void ToMatrix_Counts_KeepsTheirWeightsBesideOnes()
    {
        var matrix = Weighted(new InteractionWeighting { Confidence = Confidence.Column });
        matrix.Csr.RowValues(0).ToArray().ShouldBe([1, 1, 1]);
        matrix.WeightsOf(0).ToArray().ShouldBe([1, 3, 90]); // a, b, c, whatever the order of time
        matrix.WeightsOf(1).ToArray().ShouldBe([7, 2]);
        matrix.Inputs.ShouldBeSameAs(matrix.Csr);
        matrix.Weights!.Weighting!.Confidence.ShouldBe(Confidence.Column);
    }

    [Fact]
    public void ToMatrix_HalfLife_CountsFromTheLastMomentAndInRowsFromTheirOwn()
    {
        var matrix = Weighted(new InteractionWeighting { HalfLife = 10 });
        matrix.WeightsOf(0).ToArray().ShouldBe([1f / 16, 1f / 8, 1f / 4]); // 40, 30 and 20 days
        matrix.WeightsOf(1).ToArray().ShouldBe([1f / 8, 1]);
        matrix.Inputs.RowValues(0).ToArray().ShouldBe([1f / 4, 1f / 2, 1]); // 20, 10 and 0 days
        matrix.Inputs.RowValues(1).ToArray().ShouldBe([1f / 8, 1]);
        matrix.Csr.RowValues(0).ToArray().ShouldBe([1, 1, 1]);
        new Histories(matrix, 1, 1).Values(0).ToArray().ShouldBe([1f / 8, 1]);
    }

    [Fact]
    public void ToMatrix_ValueAndAge_Multiplies() =>
        Weighted(new InteractionWeighting { Confidence = Confidence.Column, HalfLife = 10 }).WeightsOf(0).ToArray().ShouldBe([1f / 16, 3f / 8, 90f / 4]);

    [Fact]
    public void ToMatrix_AgesBeyondAllHalfLives_StillCount()
    {
        var matrix = Weighted(new InteractionWeighting { HalfLife = 0.001 });
        matrix.Weights!.Values.ToArray().Concat(matrix.Inputs.RowValues(0).ToArray()).ShouldAllBe(w => w >= 8e-19f);
    }

    [Theory]
    [InlineData(TimeUnit.Auto, 1)]
    [InlineData(TimeUnit.Milliseconds, 1_000)]
    [InlineData(TimeUnit.Microseconds, 1_000_000)]
    [InlineData(TimeUnit.Nanoseconds, 1_000_000_000)]
    public void Filter_TimesInAnyUnit_GiveTheSameWeights(TimeUnit unit, long scale)
    {
        var log = Interactions.From(Plays.Select(p => p with { Time = p.Time * scale })).WithUnits(unit, hasCounts: true);
        var matrix = log.Filter(new InteractionFilter { Binarize = true, Weighting = new InteractionWeighting { HalfLife = 10 } }).ToMatrix();
        matrix.WeightsOf(0).ToArray().ShouldBe([1f / 16, 1f / 8, 1f / 4]);
    }

    [Fact]
    public void Filter_WhatItCannotWeigh_Throws()
    {
        var byValue = new InteractionWeighting { Confidence = Confidence.Log };
        var implicitLog = Interactions.From(Plays.Select(p => p with { Value = 1, Time = null }), hasRatings: false);
        Weigh(implicitLog, byValue).ShouldContain("count=NAME");
        Weigh(implicitLog, new InteractionWeighting { HalfLife = 3 }).ShouldContain("timestamp=NAME");
        var negative = Interactions.From([new("u", "a", -2, 1), new("u", "b", 3, 2)]);
        Weigh(negative, byValue).ShouldContain("User u, item a: found value -2");

        // What a threshold leaves out has no weight to be wrong.
        negative.Filter(new InteractionFilter { MinimumRating = 1, Weighting = byValue }).Count.ShouldBe(1);

        static string Weigh(Interactions log, InteractionWeighting weighting) =>
            Should.Throw<InvalidDataException>(() => log.Filter(new InteractionFilter { Weighting = weighting })).Message;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Weighting_NumbersThatMeanNothing_Throw(double number)
    {
        Should.Throw<ArgumentException>(() => new InteractionWeighting { Alpha = number });
        Should.Throw<ArgumentException>(() => new InteractionWeighting { Epsilon = number });
        Should.Throw<ArgumentException>(() => new InteractionWeighting { HalfLife = number });
    }

    [Fact]
    public void Weights_WrongNumbers_Throw()
    {
        Should.Throw<ArgumentException>(() => new InteractionWeights([1, -1]));
        Should.Throw<ArgumentException>(() => new InteractionWeights([1, float.NaN]));
        Should.Throw<ArgumentException>(() => new InteractionWeights([1, 1], [1]));
        var matrix = Counts.ToMatrix();
        Should.Throw<ArgumentException>(() => new InteractionMatrix(matrix.Users, matrix.Items, matrix.Csr) { Weights = new InteractionWeights([1]) });
    }

    [Fact]
    public void OtherIds_WeightsStayWithTheirInteractions()
    {
        var matrix = Weighted(new InteractionWeighting { Confidence = Confidence.Column, HalfLife = 10 });

        // Whole numbers sort otherwise than texts: the order of the columns changes.
        var numbers = Interactions.From(Plays.Select(p => p with { Item = p.Item switch { "a" => "100", "b" => "20", "c" => "3", _ => "4" } }))
            .WithUnits(TimeUnit.Seconds, hasCounts: true)
            .Filter(new InteractionFilter { Binarize = true, Weighting = matrix.Weights!.Weighting }).ToMatrix();
        var texts = numbers.WithItems(IdMap.From(["100", "20", "3", "x"]));
        foreach (var (item, weight, input) in ((string, float, float)[])[("100", 1f / 16, 1f / 4), ("20", 3f / 8, 1f / 2), ("3", 90f / 4, 1)])
        {
            texts.Items.TryGetIndex(item, out int i).ShouldBeTrue();
            int at = texts.Csr.RowIndices(0).IndexOf(i);
            texts.WeightsOf(0)[at].ShouldBe(weight);
            texts.Inputs.RowValues(0)[at].ShouldBe(input);
        }

        var users = matrix.WithUsers(IdMap.From(["t", "v"]));
        users.WeightsOf(0).Length.ShouldBe(0);
        users.WeightsOf(1).ToArray().ShouldBe(matrix.WeightsOf(1).ToArray());
        matrix.WithUsers(matrix.Users).Weights.ShouldBeSameAs(matrix.Weights);
        matrix.WithItems(matrix.Items).Weights.ShouldBeSameAs(matrix.Weights);

        var valued = Counts.Filter(new InteractionFilter { Weighting = matrix.Weights.Weighting }).ToMatrix();
        valued.AtLeast(3).WeightsOf(0).ToArray().ShouldBe([3f / 8, 90f / 4]);
        valued.AtLeast(3).Inputs.RowValues(0).ToArray().ShouldBe([1f / 2, 1]);
    }

    [Fact]
    public void Digest_Weights_TellMatricesApart()
    {
        var log = Counts.Filter(new InteractionFilter { Binarize = true });
        string[] digests =
        [
            log.ToMatrix().Digest(),
            Weighted(new InteractionWeighting { Confidence = Confidence.Column }).Digest(),
            Weighted(new InteractionWeighting { Confidence = Confidence.Log }).Digest(),
            Weighted(new InteractionWeighting { HalfLife = 10 }).Digest(),
            Weighted(new InteractionWeighting { HalfLife = 20 }).Digest(),
        ];
        digests.ShouldBeUnique();
    }

    // Every protocol that ranks: each interaction has the weight that its line says, whatever was split off; ages count from the
    // last moment of what is learned from, and in a history from its own last one.
    [Property(MaxTest = 25)]
    public void Split_RandomLog_WeightsAreThoseOfTheLines(ulong seed)
    {
        var lines = RandomLog.Of(seed).Select(l => l with { Time = Start + (l.Time * Day) }).ToArray();
        var byLine = lines.ToDictionary(l => (l.User, l.Item));
        var weighting = new InteractionWeighting { Confidence = Confidence.Linear, Alpha = 2, HalfLife = 100 };
        foreach (string name in Protocols.Names.Where(n => !Protocols.Create(n).IsRating))
        {
            var split = Protocols.Create(name, new ProtocolOptions { Weighting = weighting }).Split(Interactions.From(lines), seed);
            split.Description.ShouldContain("weighted by 1 + 2·value, half as much after 100 days");
            foreach (var matrix in (InteractionMatrix?[])[split.Train, split.TrainAndValidation, split.Validation!.History, split.Test.History])
            {
                ShouldHaveWeights(matrix, byLine, name);
            }

            // Without weights, the same split.
            var plain = Protocols.Create(name).Split(Interactions.From(lines), seed);
            plain.Train.Weights.ShouldBeNull();
            SplitView.Cells(split.Train).ShouldBe(SplitView.Cells(plain.Train), name);
            SplitView.Cells(split.Test.HeldOut).ShouldBe(SplitView.Cells(plain.Test.HeldOut), name);
        }
    }

    [Fact]
    public void Split_Rating_RefusesWeights() => Should.Throw<InvalidDataException>(() => new RatingProtocol(new ProtocolOptions
    {
        Weighting = new InteractionWeighting { HalfLife = 3 },
    }).Split(Interactions.From(RandomLog.Of(1)), 1)).Message.ShouldContain("weights are for protocols that rank");

    [Property(MaxTest = 10)]
    public void PredefinedSplit_WeightedParts_KeepTheirWeights(ulong seed)
    {
        var lines = RandomLog.Of(seed).Select(l => l with { Time = Start + (l.Time * Day) }).ToArray();
        var byLine = lines.ToDictionary(l => (l.User, l.Item));
        var filter = new InteractionFilter { Binarize = true, Weighting = new InteractionWeighting { Confidence = Confidence.Linear, Alpha = 2, HalfLife = 100 } };
        Interactions Part(int k) => Interactions.From(lines.Where((_, l) => l % 3 == k)).Filter(filter);
        var known = PredefinedSplit.KnownUsers(Part(0), Part(1), Part(2));
        ShouldHaveWeights(known.Train, byLine, "train");
        ShouldHaveWeights(known.TrainAndValidation, byLine, "both");
        var added = PredefinedSplit.NewUsers(Part(0), null, null, Part(1), Part(2));
        ShouldHaveWeights(added.Test.History, byLine, "history");
        added.Description.ShouldContain("weighted by 1 + 2·value");

        // Parts that are weighted in two ways are none of one log.
        Should.Throw<ArgumentException>(() => PredefinedSplit.KnownUsers(Part(0), Interactions.From(lines.Take(9)), Part(2)));
    }

    private static void ShouldHaveWeights(InteractionMatrix? matrix, Dictionary<(string User, string Item), Interaction> lines, string name)
    {
        if (matrix is null or { Count: 0 })
        {
            return;
        }

        double TimeOf(int user, int item) => lines[(matrix.Users[user], matrix.Items[item])].Time!.Value / (double)Day;
        double last = Enumerable.Range(0, matrix.Users.Count).SelectMany(u => matrix.Csr.RowIndices(u).ToArray().Select(i => TimeOf(u, i))).Max();
        for (int user = 0; user < matrix.Users.Count; user++)
        {
            int[] row = matrix.Csr.RowIndices(user).ToArray();
            for (int k = 0; k < row.Length; k++)
            {
                var line = lines[(matrix.Users[user], matrix.Items[row[k]])];
                double own = row.Max(i => TimeOf(user, i)), time = TimeOf(user, row[k]);
                matrix.WeightsOf(user)[k].ShouldBe((float)((1 + (2 * line.Value)) * Math.Pow(2, (time - last) / 100)), 1e-5, name);
                matrix.Inputs.RowValues(user)[k].ShouldBe((float)Math.Pow(2, (time - own) / 100), 1e-6, name);
                matrix.Csr.RowValues(user)[k].ShouldBe(1);
            }
        }
    }

    private static InteractionMatrix Weighted(InteractionWeighting weighting) =>
        Counts.Filter(new InteractionFilter { Binarize = true, Weighting = weighting }).ToMatrix();
}
