using System.Globalization;
using Encore.Splitting;

namespace Encore.Tests.Splitting;

/// <summary>The protocols' numbers of users on MovieLens 1M, as the papers print them.</summary>
public sealed class MovieLensSplitTests
{
    private static readonly string File = Path.Combine(Repository.Data, "ml-1m", "ratings.dat");

    // 6,034 users have 5 ratings ≥ 4, 575,272 in all; 6,031 of them have at most 1,000 (counted with another program).
    [Fact]
    public void Split_MovieLens1M_HoldsOut750And750Users()
    {
        Assert.SkipUnless(System.IO.File.Exists(File),
            $"No file {File}: set ENCORE_DATA to the folder that holds ml-1m.");
        var log = Interactions.From(System.IO.File.ReadLines(File).Select(line => line.Split("::")).Select(f =>
            new Interaction(f[0], f[1], float.Parse(f[2], CultureInfo.InvariantCulture),
                long.Parse(f[3], CultureInfo.InvariantCulture))));
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
