using Scriban.Parsing;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Refuses templates that are too long or nest too deep, before the parser recurses into them: brackets, blocks and runs
/// of prefix operators, in code only. The scan is rough where only the parser could tell (a <c>}}</c> inside a string ends
/// no code here either); the parser's own depth limit stands behind it.
/// </summary>
internal sealed class TemplateNesting
{
    private static readonly HashSet<string> Openers = new(StringComparer.Ordinal)
    {
        "if", "unless", "for", "while", "tablerow", "case", "func", "capture", "with", "wrap", "do", "ifchanged", "comment", "block",
    };

    private readonly string _text;
    private readonly string _name;
    private readonly SandboxLimits _limits;
    private readonly bool _isLiquid;
    private int _brackets;
    private int _blocks;
    private int _prefixes;
    private bool _atStatement;

    private TemplateNesting(string text, string name, TemplateDialect dialect, SandboxLimits limits)
    {
        _text = text;
        _name = name;
        _limits = limits;
        _isLiquid = dialect == TemplateDialect.Liquid;
    }

    public static void Check(string text, string name, TemplateDialect dialect, ScriptMode mode, SandboxLimits limits)
    {
        if (text.Length > limits.MaxSourceLength)
        {
            throw new ExpressionException(
                ExpressionErrorKind.Limit, $"the source has {text.Length} characters, {limits.MaxSourceLength} are allowed", name);
        }

        var scan = new TemplateNesting(text, name, dialect, limits);
        if (mode == ScriptMode.ScriptOnly)
        {
            scan.ScanCode(0, "");
            return;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (scan.StartsAt(i, "{{"))
            {
                i = scan.ScanCode(i + 2, "}}");
            }
            else if (scan._isLiquid && scan.StartsAt(i, "{%"))
            {
                i = scan.ScanCode(i + 2, "%}");
            }
        }
    }

    /// <summary>Scans code up to its end mark and returns the index of the mark's last character.</summary>
    private int ScanCode(int start, string end)
    {
        _brackets = 0;
        _prefixes = 0;
        _atStatement = true;
        for (var i = start; i < _text.Length; i++)
        {
            if (end.Length > 0 && _brackets == 0 && StartsAt(i, end))
            {
                return i + end.Length - 1;
            }

            i = ScanToken(i, end);
            if (_brackets > _limits.MaxNesting || _blocks > _limits.MaxNesting || _prefixes > _limits.MaxNesting)
            {
                var (line, column) = TextPlace.Of(_text, i);
                throw new ExpressionException(ExpressionErrorKind.Limit, $"the template nests deeper than {_limits.MaxNesting}", _name, line, column);
            }
        }

        return _text.Length;
    }

    private int ScanToken(int index, string end)
    {
        var character = _text[index];
        switch (character)
        {
            case '"' or '\'' or '`':
                _prefixes = 0;
                return SkipString(index);
            case '#' when !_isLiquid:
                return SkipComment(index, end);
            case '(' or '[' or '{':
                _brackets++;
                _atStatement = false;
                return index;
            case ')' or ']' or '}':
                _brackets = Math.Max(0, _brackets - 1);
                _prefixes = 0;
                return index;
            case '\n' or ';':
                _atStatement = true;
                return index;
            case '-' or '!' or '+' or '@' or '^' or '*' or '~' or '$':
                _prefixes++;
                return index;
            case ' ' or '\t' or '\r':
                return index;
            default:
                _prefixes = 0;
                return char.IsLetter(character) || character == '_' ? ScanWord(index) : index;
        }
    }

    private int ScanWord(int start)
    {
        var end = start;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '_'))
        {
            end++;
        }

        var word = _text[start..end];
        if (_atStatement && (word == "end" || (_isLiquid && word.StartsWith("end", StringComparison.Ordinal))))
        {
            _blocks = Math.Max(0, _blocks - 1);
        }
        else if ((_atStatement || word is "do" or "func") && Openers.Contains(word))
        {
            _blocks++;
        }

        _atStatement = false;
        return end - 1;
    }

    private int SkipString(int start)
    {
        for (var i = start + 1; i < _text.Length; i++)
        {
            if (_text[i] == '\\' && _text[start] != '`' && !_isLiquid)
            {
                i++;
            }
            else if (_text[i] == _text[start])
            {
                return i;
            }
        }

        return _text.Length;
    }

    private int SkipComment(int start, string end)
    {
        for (var i = start; i < _text.Length; i++)
        {
            if (_text[i] == '\n' || (end.Length > 0 && StartsAt(i, end)))
            {
                return i - 1;
            }
        }

        return _text.Length;
    }

    private bool StartsAt(int index, string mark) => string.CompareOrdinal(_text, index, mark, 0, mark.Length) == 0;
}
