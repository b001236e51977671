using System.Globalization;
using Encore.Splitting;

namespace Encore.Tests.Splitting;

/// <summary>The protocols' numbers of users on MovieLens 1M, as the papers print them.</summary>
public sealed class MovieLensSplitTests
{
    private static readonly string File = Path.Combine(Repository.Data, "ml-1m", "ratings.dat");

    // Counted with another program, from the lines of the file alone.
    [Fact]
    public void Split_MovieLens1MAtOneMoment_HasTheCountsOfTheFile()
    {
        var split = Protocols.Create("global-time").Split(Log(), 1);
        (split.Train.Count, split.Train.Users.Count, split.Train.Items.Count).ShouldBe((460_223, 5_378, 3_488));
        (split.Validation!.HeldOut.Count, split.Validation.Users).ShouldBe((57_489, 1_054));
        (split.Test.HeldOut.Count, split.Test.Users).ShouldBe((57_453, 1_175));
        split.Description.ShouldContain("of 1,054 users, 590 of them new)");
        split.Description.ShouldContain("of 1,175 users, 70 of them new)");
        split.Description.ShouldContain("Left out: 19 interactions of validation and 97 interactions of the test");
    }

    [Fact]
    public void Split_MovieLens1MColdItems_HidesATenthTwice()
    {
        var split = Protocols.Create("cold-items").Split(Log(), 1);
        (split.Train.Items.Count, split.Validation!.Candidates!.Length, split.Test.Candidates!.Length).ShouldBe((3_533, 353, 353));
        split.Train.Csr.ColumnCounts().Count(c => c == 0).ShouldBe(2 * 353);
        (split.Train.Count + split.Validation.HeldOut.Count + split.Test.HeldOut.Count).ShouldBe(575_272); // everybody has warm items
    }

    private static Interactions Log()
    {
        Assert.SkipUnless(System.IO.File.Exists(File), $"No file {File}: set ENCORE_DATA to the folder that holds ml-1m.");
        return Interactions.From(System.IO.File.ReadLines(File).Select(line => line.Split("::")).Select(f =>
            new Interaction(f[0], f[1], float.Parse(f[2], CultureInfo.InvariantCulture), long.Parse(f[3], CultureInfo.InvariantCulture))));
    }

    // 6,034 users have 5 ratings ≥ 4, 575,272 in all; 6,031 of them have at most 1,000 (counted with another program).
    [Fact]
    public void Split_MovieLens1M_HoldsOut750And750Users()
    {
        var log = Log();
        log.Count.ShouldBe(1_000_209);
        foreach (var (name, users) in new[] { ("strong", 6_034), ("temporal", 6_031) })
        {
            var split = Protocols.Create(name).Split(log, 1);
            (split.Train.Users.Count, split.Validation!.Users, split.Test.Users)
                .ShouldBe((users - 1_500, 750, 750), name);
            double share = (double)split.Test.HeldOut.Count / (split.Test.HeldOut.Count + split.Test.History.Count);
            share.ShouldBeInRange(0.19, 0.21, name);
        }

        Protocols.Create("strong").Split(log, 1).Description.ShouldContain("6,034 users");
        Protocols.Create("weak").Split(log, 1).TrainAndValidation!
            .Count.ShouldBeInRange((int)(575_272 * 0.895), (int)(575_272 * 0.905));
    }
}
