using System.Globalization;
using System.Text.RegularExpressions;
using Encore.Dashboard;

namespace Encore.Server.Tests;

/// <summary>Curves of 24 runs or models can be told apart, in light and in dark, also by whoever confuses colours.</summary>
public sealed class PaletteTests
{
    // What eyes without one kind of cone see (Machado, Oliveira and Fernandes 2009): all, no red, no green, no blue.
    private static readonly double[][] Eyes =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Styles_DifferInColour_OrInDashOrMarker(bool dark)
    {
        Palette.Styles.ShouldBeGreaterThanOrEqualTo(20);
        var colours = Enumerable.Range(0, Palette.Styles).Select(s => Linear(Palette.Colour(s, dark))).ToArray();
        Enumerable.Range(0, Palette.Styles).Select(s => Palette.Colour(s, dark)).Distinct().Count().ShouldBe(Palette.Styles);
        for (int a = 0; a < colours.Length; a++)
        {
            Contrast(colours[a], Linear(Palette.Page(dark))).ShouldBeGreaterThan(3, $"style {a}");
            for (int b = 0; b < a; b++)
            {
                string what = $"styles {b} and {a}";
                bool alike = Palette.Dash(a) == Palette.Dash(b) && Palette.Symbol(a) == Palette.Symbol(b);
                Distance(colours[a], colours[b], Eyes[0]).ShouldBeGreaterThan(4, what);
                Eyes.Min(eye => Distance(colours[a], colours[b], eye)).ShouldBeGreaterThan(alike ? 8 : 0, what);
            }
        }
    }

    [Fact]
    public void Colours_AreThoseOfTheReports()
    {
        using var stream = typeof(PaletteTests).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        string[] named = [.. Regex.Matches(reader.ReadToEnd(), "--s[0-9]+: (#[0-9a-f]{6});").Select(m => m.Groups[1].Value)];
        named.ShouldBe([.. Enumerable.Range(0, Palette.Styles).Select(s => Palette.Colour(s, false)), .. Enumerable.Range(0, Palette.Styles).Select(s => Palette.Colour(s, true))]);
    }

    private static double[] Linear(string hex) => [.. ((int[])[1, 3, 5]).Select(i => int.Parse(hex.AsSpan(i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
        .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];

    private static double Contrast(double[] a, double[] b)
    {
        double x = Luminance(a), y = Luminance(b);
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);

        static double Luminance(double[] c) => (0.2126 * c[0]) + (0.7152 * c[1]) + (0.0722 * c[2]);
    }

    // In OKLab, a hundredth being about what can just be seen.
    private static double Distance(double[] a, double[] b, double[] eye)
    {
        double[] x = Lab(Seen(a, eye)), y = Lab(Seen(b, eye));
        return 100 * Math.Sqrt(x.Zip(y, (p, q) => (p - q) * (p - q)).Sum());
    }

    private static double[] Seen(double[] c, double[] eye) => [.. Enumerable.Range(0, 3).Select(r => Math.Clamp((eye[3 * r] * c[0]) + (eye[(3 * r) + 1] * c[1]) + (eye[(3 * r) + 2] * c[2]), 0, 1))];

    private static double[] Lab(double[] c)
    {
        double l = Math.Cbrt((0.4122214708 * c[0]) + (0.5363325363 * c[1]) + (0.0514459929 * c[2]));
        double m = Math.Cbrt((0.2119034982 * c[0]) + (0.6806995451 * c[1]) + (0.1073969566 * c[2]));
        double s = Math.Cbrt((0.0883024619 * c[0]) + (0.2817188376 * c[1]) + (0.6299787005 * c[2]));
        return [(0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s), (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s), (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s)];
    }
}
