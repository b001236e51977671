using System.Globalization;

namespace Encore.Server.Dashboard;

/// <summary>Colours of curves: those of the reports, one set for light and one for dark.</summary>
internal static class Palette
{
    private static readonly string[] Light = ["#0067a5", "#c2410c", "#047857", "#a21caf", "#8a6100", "#0e7490", "#5b3fc4", "#4b5563"];
    private static readonly string[] Dark = ["#58a6ff", "#ff9b63", "#3fcf8e", "#ec8cf2", "#e0b341", "#5cd2e6", "#b5a3ff", "#c3cad3"];

    // Dashes and markers change in other rhythms than colours: who sees no colours has something to go by.
    private static readonly string[] Dashes = ["solid", "dash", "dot"];

    public static string Colour(int style, bool dark) => (dark ? Dark : Light)[style % Light.Length];

    public static string Dash(int style) => Dashes[(style / Light.Length + style) % Dashes.Length];

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
