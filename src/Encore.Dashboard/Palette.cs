using System.Globalization;
using Plotly.Blazor.Traces.ScatterLib.MarkerLib;

namespace Encore.Dashboard;

/// <summary>Colours of curves: those of the reports, one set for light and one for dark. Curves whose colours are close to
/// whoever confuses red and green, or blue and yellow, have another dash or another marker.</summary>
internal static class Palette
{
    private static readonly string[] Light =
    [
        "#0067a5", "#c2410c", "#047857", "#a21caf", "#8a6100", "#0e7490", "#5b3fc4", "#4b5563",
        "#18006b", "#491414", "#9282f1", "#c28836", "#7b2811", "#003c5d", "#499aa2", "#540096",
        "#2e133d", "#795de7", "#858570", "#651135", "#65397f", "#a362c7", "#7c492e", "#e16591",
    ];
    private static readonly string[] Dark =
    [
        "#58a6ff", "#ff9b63", "#3fcf8e", "#ec8cf2", "#e0b341", "#5cd2e6", "#b5a3ff", "#c3cad3",
        "#7c622b", "#5559df", "#c25191", "#e7fea1", "#908e29", "#a7faf6", "#c187a4", "#7682d1",
        "#a336ae", "#fedd4d", "#d22c57", "#ee6d69", "#5e756b", "#a3e9a2", "#a76ef8", "#8fa911",
    ];

    // Dashes and markers change in rhythms of their own, so that two curves have both in common only where their colours are
    // far apart.
    private static readonly string[] Dashes = ["solid", "dash", "dot"];
    private static readonly SymbolEnum[] Symbols = [SymbolEnum.Circle, SymbolEnum.Square, SymbolEnum.TriangleUp, SymbolEnum.Diamond, SymbolEnum.TriangleDown];

    /// <summary>Curves that can be told apart.</summary>
    public static int Styles => Light.Length;

    public static string Colour(int style, bool dark) => (dark ? Dark : Light)[style % Light.Length];

    public static string Dash(int style) => Dashes[style % Dashes.Length];

    public static SymbolEnum Symbol(int style) => Symbols[style % Symbols.Length];

    public static string Text(bool dark) => dark ? "#e6edf3" : "#1f2328";

    public static string Soft(bool dark) => dark ? "#9da7b1" : "#59636e";

    public static string Grid(bool dark) => dark ? "#2a3139" : "#e6eaee";

    public static string Page(bool dark) => dark ? "#14181d" : "#ffffff";

    /// <summary>From a colour that stays back (0) to one that stands out (1).</summary>
    public static string Scale(double share, bool dark)
    {
        var (from, to) = dark ? ((0x3a, 0x42, 0x4b), (0xff, 0xb3, 0x47)) : ((0xd1, 0xd9, 0xe0), (0x9a, 0x2c, 0x00));
        double s = Math.Clamp(share, 0, 1);
        return string.Create(CultureInfo.InvariantCulture, $"rgb({Between(from.Item1, to.Item1)},{Between(from.Item2, to.Item2)},{Between(from.Item3, to.Item3)})");

        int Between(int a, int b) => (int)Math.Round(a + (s * (b - a)));
    }
}
