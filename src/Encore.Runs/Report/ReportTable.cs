using System.Text;

namespace Encore.Runs;

/// <summary>A table of a report.</summary>
/// <param name="Columns">The headers.</param>
/// <param name="Rows">Cells beside them.</param>
/// <param name="TextColumns">How many of the first columns hold words; the others hold numbers and stand to the right.</param>
public sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, int TextColumns = 1)
{
    /// <summary>The table as HTML; a cell between <c>**</c> is bold.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<div class=\"wide\" tabindex=\"0\"><table><thead><tr>");
        for (int c = 0; c < Columns.Count; c++)
        {
            html.Append(c < TextColumns ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"number\">").Append(Html.Text(Columns[c])).Append("</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (var row in Rows)
        {
            html.Append("<tr>");
            for (int c = 0; c < row.Count; c++)
            {
                bool bold = row[c].StartsWith("**", StringComparison.Ordinal);
                string text = Html.Text(bold ? row[c].Trim('*') : row[c]);
                html.Append(c < TextColumns ? "<td>" : "<td class=\"number\">").Append(bold ? $"<strong>{text}</strong>" : text).Append("</td>");
            }

            html.Append("</tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }
}
