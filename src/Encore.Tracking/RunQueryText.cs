using System.Buffers;

namespace Encore.Tracking;

/// <summary>
/// Reads a query: <c>any := all {or all}; all := one {and one}; one := not one | ( any ) | name sign value</c>.
/// </summary>
internal sealed class RunQueryText(string text)
{
    // Deeper ones are nobody's, and would go deep on the stack.
    private const int DeepestNesting = 100;

    private const string Signs = "one of = != > >= < <= ~";

    private static readonly SearchValues<char> Special = SearchValues.Create("()=!<>~\"'");
    private static readonly string[] Keywords = ["and", "or", "not"];

    private int _at;
    private int _depth;
    private Token _next;

    private enum TokenKind
    {
        End,
        Word,
        Quoted,
        Sign,
        Open,
        Close,
    }

    public RunCondition Parse()
    {
        Read();
        var condition = Any();
        return _next.Kind == TokenKind.End ? condition : throw Unexpected("and, or, or the end");
    }

    /// <summary>A name or value as a query has it, in quotes where it needs them.</summary>
    public static string Quoted(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAny(Special) || text.Any(char.IsWhiteSpace) || Keywords.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;

    private RunCondition Any() => Joined("or", All, all: false);

    private RunCondition All() => Joined("and", One, all: true);

    private RunCondition Joined(string keyword, Func<RunCondition> part, bool all)
    {
        var parts = new List<RunCondition> { part() };
        while (IsKeyword(keyword))
        {
            Read();
            parts.Add(part());
        }

        return parts.Count == 1 ? parts[0] : new RunConditions(parts, all);
    }

    private RunCondition One()
    {
        if (++_depth > DeepestNesting)
        {
            throw new FormatException(FormattableString.Invariant($"Position {_next.At + 1}: found more than {DeepestNesting} conditions within each other, expected fewer."));
        }

        RunCondition condition;
        if (IsKeyword("not"))
        {
            Read();
            condition = new RunNegation(One());
        }
        else if (_next.Kind == TokenKind.Open)
        {
            Read();
            condition = Any();
            Take(TokenKind.Close, "and, or, or )");
        }
        else
        {
            condition = Comparison();
        }

        _depth--;
        return condition;
    }

    private RunComparison Comparison()
    {
        if (Keywords.Any(IsKeyword))
        {
            throw Unexpected("a name such as model");
        }

        var name = Take("a name such as model, not, or (");
        var sign = Take(TokenKind.Sign, $"{Signs} after {name.Text}");
        var value = Take($"a value after {sign.Text}");
        try
        {
            return new RunComparison(RunField.Of(name.Text), sign.Text, value.Text);
        }
        catch (FormatException error)
        {
            throw new FormatException(FormattableString.Invariant($"Position {(error.Message.Contains('~', StringComparison.Ordinal) ? sign : value).At + 1}: {error.Message}"), error);
        }
    }

    private bool IsKeyword(string keyword) => _next.Kind == TokenKind.Word && _next.Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private Token Take(string expected) => _next.Kind is TokenKind.Word or TokenKind.Quoted ? Read() : throw Unexpected(expected);

    private Token Take(TokenKind kind, string expected) => _next.Kind == kind ? Read() : throw Unexpected(expected);

    private FormatException Unexpected(string expected) => new(FormattableString.Invariant(
        $"Position {_next.At + 1}: found {(_next.Kind == TokenKind.End ? "the end" : _next.Text)}, expected {expected}."));

    // Gives the token that was next, and finds the one after it.
    private Token Read()
    {
        var taken = _next;
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        int start = _at;
        _next = start == text.Length ? new Token(TokenKind.End, "", start) : text[start] switch
        {
            '(' => One(TokenKind.Open),
            ')' => One(TokenKind.Close),
            '"' or '\'' => Quotation(),
            '=' or '~' => One(TokenKind.Sign),
            '<' or '>' => At(start + 1) == '=' ? Two() : One(TokenKind.Sign),
            '!' => At(start + 1) == '=' ? Two() : throw new FormatException(FormattableString.Invariant($"Position {start + 1}: found !, expected != or not.")),
            _ => Word(),
        };
        return taken;

        Token One(TokenKind kind) => new(kind, text[_at++].ToString(), start);

        Token Two()
        {
            _at += 2;
            return new(TokenKind.Sign, text.Substring(start, 2), start);
        }
    }

    private char At(int position) => position < text.Length ? text[position] : '\0';

    private Token Word()
    {
        int start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !Special.Contains(text[_at]))
        {
            _at++;
        }

        return new(TokenKind.Word, text[start.._at], start);
    }

    // A doubled quotation mark stands for one.
    private Token Quotation()
    {
        int start = _at;
        char mark = text[_at++];
        var inside = new System.Text.StringBuilder();
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == mark && At(_at + 1) != mark)
            {
                _at++;
                return new(TokenKind.Quoted, inside.ToString(), start);
            }

            _at += text[_at] == mark ? 1 : 0;
            inside.Append(text[_at]);
        }

        throw new FormatException(FormattableString.Invariant($"Position {start + 1}: found {mark} without its other, expected the text in quotes to end."));
    }

    private readonly record struct Token(TokenKind Kind, string Text, int At);
}
