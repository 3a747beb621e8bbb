using System.Text.RegularExpressions;
using Acornima;
using Jint;
using Jint.Runtime;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Turns what the interpreter throws into <see cref="ExpressionException"/>.</summary>
internal static class JavaScriptErrors
{
    // A script chooses the text of its errors; more of it than this helps nobody who reads the journal.
    private const int MaxMessageLength = 500;

    public static ExpressionException OfPreparation(ScriptPreparationException exception)
    {
        var kind = exception.Message.Contains("nesting", StringComparison.Ordinal)
            || exception.Message.Contains("Insufficient stack", StringComparison.Ordinal)
                ? ExpressionErrorKind.Limit
                : ExpressionErrorKind.Syntax;
        return exception.InnerException is ParseErrorException { Error: { IsIndexDefined: true } error } parse
            ? new ExpressionException(kind, error.Description, JavaScriptSource.Name, parse.LineNumber, parse.Column + 1, exception)
            : new ExpressionException(kind, Shorten(exception.InnerException?.Message ?? exception.Message), JavaScriptSource.Name, 0, 0, exception);
    }

    /// <summary>The error for anything a run threw, whatever the interpreter made of it.</summary>
    public static ExpressionException OfRun(Exception exception, JavaScriptSource source)
    {
        if (exception is JavaScriptException { Error: var error } thrown)
        {
            var stackGone = thrown.Message.Contains("Maximum call stack size exceeded", StringComparison.Ordinal);
            var place = thrown.Location.Start;
            return At(
                stackGone || thrown.Message.Contains("Invalid string length", StringComparison.Ordinal) ? ExpressionErrorKind.Limit : ExpressionErrorKind.Runtime,
                error is Jint.Native.JsError ? Titled(error, thrown.Message) : thrown.Message,
                place.Line,
                place.Column);
        }

        var (kind, problem) = exception switch
        {
            RecursionDepthOverflowException => (ExpressionErrorKind.Limit, "functions call each other too deep"),
            RegexMatchTimeoutException timeout => (ExpressionErrorKind.Limit, $"a regular expression ran longer than {timeout.MatchTimeout.TotalMilliseconds:0} ms"),
            PromiseRejectedException or JavaScriptResultException => (ExpressionErrorKind.Runtime, exception.Message),
            JavaScriptLimitException or MemoryLimitExceededException or TimeoutException or OutOfMemoryException or InsufficientExecutionStackException
                => (ExpressionErrorKind.Limit, exception.Message),
            JintException => (ExpressionErrorKind.Runtime, exception.Message),
            _ => (ExpressionErrorKind.Runtime, $"the interpreter failed with {exception.GetType().Name}"),
        };
        return JintException.TryGetJavaScriptLocation(exception, out var location)
            ? At(kind, problem, location.Start.Line, location.Start.Column)
            : At(kind, problem, 0, 0);

        ExpressionException At(ExpressionErrorKind kind, string problem, int line, int column) => new(
            kind, Shorten(problem), JavaScriptSource.Name, line, line > 0 ? source.AuthorColumn(line, column) : 0, exception);
    }

    private static string Titled(Jint.Native.JsValue error, string message)
    {
        // An own property, read without running a getter: the evaluation is over.
        var name = error.AsObject().Get("name");
        return name.IsString() ? $"{name.AsString()}: {message}" : message;
    }

    private static string Shorten(string message) =>
        message.Length <= MaxMessageLength ? message : string.Concat(message.AsSpan(0, MaxMessageLength), "…");
}
