namespace LlmOrc.Workflows.Definitions;

public enum DiagnosticSeverity
{
    Warning,
    Error,
}

/// <summary>Something a document's author should know: where, what, and what to do.</summary>
/// <param name="Code">Stable and short, e.g. <c>unknown-activity</c>.</param>
/// <param name="Message">A sentence that says what to do.</param>
/// <param name="ActivityId">The activity it is about, if one.</param>
/// <param name="Path">JSON path in the document, e.g. <c>$.root.activities[2].condition</c>.</param>
/// <param name="Line">1-based line of the document, if known.</param>
/// <param name="Column">1-based column of that line, if known.</param>
public sealed record Diagnostic(
    DiagnosticSeverity Severity, string Code, string Message, string? ActivityId = null, string? Path = null, int? Line = null, int? Column = null)
{
    public override string ToString()
    {
        var place = (Line, ActivityId) switch
        {
            ({ } line, { } id) => $"line {line}, activity '{id}'",
            ({ } line, null) => $"line {line}",
            (null, { } id) => $"activity '{id}'",
            _ => "document",
        };
        return $"{(Severity == DiagnosticSeverity.Error ? "error" : "warning")} {Code} ({place}): {Message}";
    }
}
