using System.Net;

namespace Encore.Runs;

/// <summary>Text in HTML.</summary>
internal static class Html
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
