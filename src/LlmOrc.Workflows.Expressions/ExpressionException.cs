using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Why an expression or template failed.</summary>
public enum ExpressionErrorKind
{
    /// <summary>The source cannot be parsed, or uses something this sandbox does not have.</summary>
    Syntax,

    /// <summary>The source was parsed and failed while it ran: a missing variable, a thrown error, a result that is no value.</summary>
    Runtime,

    /// <summary>The source, its run or its result went over one of the <see cref="SandboxLimits"/>.</summary>
    Limit,
}

/// <summary>
/// An expression or template failed. The message names the place in the author's source and says what went wrong; it
/// never holds values of variables, except where the author's own script threw them.
/// </summary>
public sealed class ExpressionException : Exception, IFinalCause
{
    // How every limit of time is worded here: whether it is reached depends on the machine as well.
    private const string OfTime = "ran longer than";

    /// <summary>A failure at a known or unknown place. Lines and columns count from 1; 0 means unknown.</summary>
    public ExpressionException(
        ExpressionErrorKind kind, string problem, string sourceName, int line = 0, int column = 0, Exception? innerException = null)
        : base(Describe(problem, sourceName, line, column), innerException)
    {
        Kind = kind;
        Problem = problem;
        SourceName = sourceName;
        Line = line;
        Column = column;
    }

    /// <summary>Whether the source is wrong, its run failed, or a limit was reached.</summary>
    public ExpressionErrorKind Kind { get; }

    /// <summary>What went wrong, without the place.</summary>
    public string Problem { get; }

    /// <summary>The template's name, or "expression".</summary>
    public string SourceName { get; }

    /// <summary>Line in the author's source, from 1; 0 when unknown.</summary>
    public int Line { get; }

    /// <summary>Column in the author's source, from 1; 0 when unknown.</summary>
    public int Column { get; }

    /// <inheritdoc/>
    public bool IsFinal => Kind == ExpressionErrorKind.Limit
        && InnerException is not (TimeoutException or RegexMatchTimeoutException or OutOfMemoryException or InsufficientExecutionStackException)
        && !Problem.Contains(OfTime, StringComparison.Ordinal);

    /// <inheritdoc/>
    public string Advice => "Expressions have limits, and this run has what goes over them: start a new run with a smaller input.";

    private static string Describe(string problem, string sourceName, int line, int column) => line > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{sourceName} line {line}, column {column}: {problem}")
        : $"{sourceName}: {problem}";
}
