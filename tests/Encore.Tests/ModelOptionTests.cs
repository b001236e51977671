using System.Globalization;

namespace Encore.Tests;

public sealed class ModelOptionTests
{
    private enum Shade
    {
        Light,
        VeryDark,
    }

    private sealed record Options
    {
        [Option("whole", Minimum = 1)]
        public int BatchSize { get; init; } = 3;

        [Option("number", Minimum = 0, ExclusiveMaximum = 1)]
        public double L2 { get; init; } = 0.5;

        [Option("small number")]
        public float Rate { get; init; } = 0.001f;

        [Option("switch")]
        public bool IsTied { get; init; }

        [Option("word")]
        public Shade Shade { get; init; } = Shade.VeryDark;

        [Option("text")]
        public string Label { get; init; } = "none";

        [Option("layers", Minimum = 1)]
        public IReadOnlyList<int> Hidden { get; init; } = [600, 200];

        public static int NotAnOption { get; set; }

        public string Computed => Label + "!";
    }

    private sealed record Silent
    {
        public int Size { get; init; }
    }

    private static Options Parse(string name, string value) =>
        OptionSet<Options>.Parse("model", new Dictionary<string, string> { [name] = value });

    [Fact]
    public void All_Options_AreDescribedInTheirTextForm() => OptionSet<Options>.All
        .Select(o => $"{o.Name} | {o.Type} | {o.Default} | {o.Description}").ShouldBe(
        [
            "batch-size | a whole number ≥ 1 | 3 | whole",
            "l2 | a number ≥ 0 and < 1 | 0.5 | number",
            "rate | a number | 0.001 | small number",
            "is-tied | true or false | false | switch",
            "shade | light or very-dark | very-dark | word",
            "label | a text | none | text",
            "hidden | whole numbers with commas between, ≥ 1 | 600,200 | layers",
        ]);

    [Fact]
    public void Parse_EveryType_Reads()
    {
        Parse("batch-size", "500").BatchSize.ShouldBe(500);
        Parse("l2", "2.5e-1").L2.ShouldBe(0.25);
        Parse("rate", "0.01").Rate.ShouldBe(0.01f);
        Parse("is-tied", "True").IsTied.ShouldBeTrue();
        Parse("shade", "LIGHT").Shade.ShouldBe(Shade.Light);
        Parse("shade", "very-dark").Shade.ShouldBe(Shade.VeryDark);
        Parse("shade", "verydark").Shade.ShouldBe(Shade.VeryDark);
        Parse("label", "a, b").Label.ShouldBe("a, b");
        Parse("hidden", "300").Hidden.ShouldBe([300]);
        Parse("HIDDEN", "1,2, 3").Hidden.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Parse_Nothing_LeavesTheDefaults() =>
        OptionSet<Options>.Parse("model", new Dictionary<string, string>()).BatchSize.ShouldBe(3);

    [Theory]
    [InlineData("batch-size", "2.5", "model.batch-size: found 2.5, expected a whole number ≥ 1.")]
    [InlineData("batch-size", "0", "model.batch-size: found 0, expected a whole number ≥ 1.")]
    [InlineData("batch-size", "99999999999", "model.batch-size: found 99999999999, expected a whole number ≥ 1.")]
    [InlineData("l2", "abc", "model.l2: found abc, expected a number ≥ 0 and < 1.")]
    [InlineData("l2", "0,5", "model.l2: found 0,5, expected a number ≥ 0 and < 1.")]
    [InlineData("l2", "1", "model.l2: found 1, expected a number ≥ 0 and < 1.")]
    [InlineData("rate", "NaN", "model.rate: found NaN, expected a number.")]
    [InlineData("is-tied", "yes", "model.is-tied: found yes, expected true or false.")]
    [InlineData("shade", "1", "model.shade: found 1, expected light or very-dark.")]
    [InlineData("hidden", "600,x", "model.hidden: found 600,x, expected whole numbers with commas between, ≥ 1.")]
    [InlineData("hidden", "600,0", "model.hidden: found 600,0, expected whole numbers with commas between, ≥ 1.")]
    [InlineData("lable", "x", "model has no option lable. Did you mean label? Its options: batch-size, l2, rate, is-tied, shade, label, hidden.")]
    [InlineData("computed", "x", "model has no option computed. Its options: batch-size, l2, rate, is-tied, shade, label, hidden.")]
    public void Parse_Wrong_SaysFoundAndExpected(string name, string value, string message) =>
        Should.Throw<ArgumentException>(() => Parse(name, value)).Message.ShouldBe(message);

    [Fact]
    public void Parse_CommaCulture_ReadsPoints()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            Parse("l2", "0.25").L2.ShouldBe(0.25);
            OptionSet<Options>.All[1].Default.ShouldBe("0.5");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Validated_OutOfRange_Throws()
    {
        OptionSet<Options>.Validated(null).BatchSize.ShouldBe(3);
        Should.Throw<ArgumentException>(() => OptionSet<Options>.Validated(new Options { L2 = double.NaN }))
            .Message.ShouldBe("Options.L2: found NaN, expected a number ≥ 0 and < 1.");
        Should.Throw<ArgumentException>(() => OptionSet<Options>.Validated(new Options { Shade = (Shade)7 }));
        Should.Throw<ArgumentException>(() => OptionSet<Options>.Validated(new Options { Hidden = [3, 0] }));
        Should.Throw<ArgumentException>(() => OptionSet<Options>.Validated(new Options { Label = null! }));
    }

    [Fact]
    public void All_OptionWithoutDescription_IsAnError() =>
        Should.Throw<TypeInitializationException>(() => OptionSet<Silent>.All).InnerException.ShouldNotBeNull()
            .Message.ShouldContain("Silent.Size has no [Option]");
}
