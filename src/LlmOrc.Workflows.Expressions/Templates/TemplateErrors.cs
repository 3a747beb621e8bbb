using System.Text.RegularExpressions;
using Scriban;
using Scriban.Parsing;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Turns what Scriban throws into <see cref="ExpressionException"/>.</summary>
internal static class TemplateErrors
{
    // Scriban has no type of its own for its limits; these are the words of all of them.
    private static readonly string[] WordsOfLimits =
        ["Exceeding ", "exceeds ", "exceed ", "reaches LimitToString", "recursive depth", "too large", "too deeply nested", "near to stack overflow"];

    public static ExpressionException OfParsing(Template template, string name)
    {
        var message = template.Messages.FirstOrDefault(message => message.Type == ParserMessageType.Error);
        var problem = message?.Message ?? "the template cannot be parsed";
        var kind = problem.Contains("depth limit", StringComparison.Ordinal) ? ExpressionErrorKind.Limit : ExpressionErrorKind.Syntax;
        var start = message?.Span.Start ?? TextPosition.Eof;
        return new ExpressionException(kind, problem, name, Math.Max(0, start.Line + 1), Math.Max(0, start.Column + 1));
    }

    public static ExpressionException OfRun(ScriptRuntimeException exception, string name, SandboxLimits limits)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case ExpressionException known:
                    return known;
                case TemplateLimitException limit:
                    return At(exception, ExpressionErrorKind.Limit, limit.OriginalMessage);
                case ScriptAbortException:
                    return At(exception, ExpressionErrorKind.Limit, $"it ran longer than {limits.WallTime.TotalMilliseconds:0} ms");
                case RegexMatchTimeoutException:
                    return At(exception, ExpressionErrorKind.Limit, $"a regular expression ran longer than {limits.RegexTime.TotalMilliseconds:0} ms");
                case InsufficientExecutionStackException:
                case OutOfMemoryException:
                    return At(exception, ExpressionErrorKind.Limit, inner.Message);
                default:
                    break;
            }
        }

        var isLimit = Array.Exists(WordsOfLimits, word => exception.OriginalMessage.Contains(word, StringComparison.Ordinal));
        return At(exception, isLimit ? ExpressionErrorKind.Limit : ExpressionErrorKind.Runtime, exception.OriginalMessage);

        ExpressionException At(ScriptRuntimeException error, ExpressionErrorKind kind, string problem) => new(
            kind,
            problem,
            string.IsNullOrEmpty(error.Span.FileName) ? name : error.Span.FileName,
            error.Span.End.Offset > 0 ? error.Span.Start.Line + 1 : 0,
            error.Span.End.Offset > 0 ? error.Span.Start.Column + 1 : 0,
            error);
    }
}
