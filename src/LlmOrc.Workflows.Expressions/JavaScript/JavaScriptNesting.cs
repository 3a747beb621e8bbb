namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Refuses scripts that are too long or nest too deep, before the parser recurses into them. Brackets inside strings,
/// template text and comments do not count. Regular expressions are not told from divisions, so their brackets count as
/// well, where they balance; the parser's own depth limit stands behind this one.
/// </summary>
internal static class JavaScriptNesting
{
    public static void Check(string source, SandboxLimits limits)
    {
        if (source.Length > limits.MaxSourceLength)
        {
            throw Error($"the source has {source.Length} characters, {limits.MaxSourceLength} are allowed", 0, 0);
        }

        var brackets = new Stack<char>();
        for (var i = 0; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '\'' or '"':
                    i = SkipString(source, i);
                    break;
                case '/' when i + 1 < source.Length && source[i + 1] == '/':
                    i = SkipTo(source, i, '\n');
                    break;
                case '/' when i + 1 < source.Length && source[i + 1] == '*':
                    i = source.IndexOf("*/", i + 2, StringComparison.Ordinal) is var end and >= 0 ? end + 1 : source.Length;
                    break;
                case '`':
                    i = SkipTemplateText(source, i + 1, brackets);
                    break;
                case '(' or '[' or '{':
                    brackets.Push(source[i]);
                    break;
                case ')' or ']' or '}' when brackets.Count > 0:
                    if (brackets.Pop() == '$')
                    {
                        i = SkipTemplateText(source, i + 1, brackets);
                    }

                    break;
                default:
                    break;
            }

            if (brackets.Count > limits.MaxNesting)
            {
                var (line, column) = TextPlace.Of(source, i);
                throw Error($"brackets nest deeper than {limits.MaxNesting}", line, column);
            }
        }
    }

    /// <summary>Index of the closing quote; a line end closes a broken string, as it does for the parser.</summary>
    private static int SkipString(string source, int start)
    {
        for (var i = start + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
            {
                i++;
            }
            else if (source[i] == source[start] || source[i] == '\n')
            {
                return i;
            }
        }

        return source.Length;
    }

    /// <summary>Index of the closing backtick, or of the brace that opens a value, which is pushed as '$'.</summary>
    private static int SkipTemplateText(string source, int start, Stack<char> brackets)
    {
        for (var i = start; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '\\':
                    i++;
                    break;
                case '`':
                    return i;
                case '$' when i + 1 < source.Length && source[i + 1] == '{':
                    brackets.Push('$');
                    return i + 1;
                default:
                    break;
            }
        }

        return source.Length;
    }

    private static int SkipTo(string source, int start, char end) =>
        source.IndexOf(end, start) is var index and >= 0 ? index : source.Length;

    private static ExpressionException Error(string problem, int line, int column) =>
        new(ExpressionErrorKind.Limit, problem, JavaScriptSource.Name, line, column);
}
