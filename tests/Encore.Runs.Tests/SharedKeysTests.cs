using Encore.Experiments;

namespace Encore.Runs.Tests;

/// <summary>Keys of the built-in kinds of run that a kind from outside takes too.</summary>
public sealed class SharedKeysTests
{
    [Fact]
    public void Keys_SharedByAnAddedKind_AreForItAndForThoseBefore()
    {
        var kinds = new RunKinds(null, new Own("seed", "output.format"));
        foreach (string key in (string[])["seed", "output.format"])
        {
            kinds.Key(key).IsFor("own").ShouldBeTrue(key);
            kinds.Key(key).IsFor("train").ShouldBeTrue(key);
        }

        kinds.Key("output.format").DescriptionFor("own").ShouldBe("own format");
        kinds.Key("output.format").DescriptionFor("train").ShouldBe(new RunKinds().Key("output.format").DescriptionFor("train"));
        kinds.Key("seed").DescriptionFor("own").ShouldBe(kinds.Key("seed").Description);
        kinds.Key("threads").IsFor("own").ShouldBeFalse();
        new RunKinds().Key("seed").IsFor("own").ShouldBeFalse("the built-in keys stay as they are");
    }

    [Fact]
    public void Keys_SharedThatDoNotExist_AreRefusedWithASuggestion() =>
        Should.Throw<ArgumentException>(() => new RunKinds(null, new Own("sed"))).Message.ShouldSatisfyAllConditions(
            m => m.ShouldContain("The kind of run own shares the key sed"), m => m.ShouldContain("Did you mean seed?"));

    private sealed class Own(params string[] shared) : RunKind
    {
        public override string Name => "own";

        public override ModelCount Models => ModelCount.None;

        public override IReadOnlyList<string> Formats => ["table", "csv", "json"];

        public override IReadOnlyDictionary<string, string?> SharedKeys => shared.ToDictionary(k => k, k => k == "output.format" ? "own format" : null);

        public override RunWork Prepare(RunConfig config, Registry registry, bool resumes) => throw new NotSupportedException();
    }
}
