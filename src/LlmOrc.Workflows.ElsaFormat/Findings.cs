using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Collects what the author should know, all at once, in the order of the document.</summary>
internal sealed class Findings
{
    // A damaged document repeats itself; nobody reads further. Each severity has its own share, so that warnings never hide the error.
    private const int MostOfEach = 250;

    private readonly List<(Diagnostic Diagnostic, JsonPlace? Place)> _found = [];
    private int _errors;
    private int _warnings;
    private int _dropped;

    public bool HasErrors => _errors > 0;

    /// <summary>How many there are so far; tells a caller whether something was already said.</summary>
    public int Count => _found.Count + _dropped;

    public void Error(string code, string message, JsonPlace? place, string? activityId = null) =>
        Add(DiagnosticSeverity.Error, code, message, place, activityId);

    public void Warn(string code, string message, JsonPlace? place, string? activityId = null) =>
        Add(DiagnosticSeverity.Warning, code, message, place, activityId);

    /// <summary>What was found before there were places.</summary>
    public void Add(DiagnosticSeverity severity, JsonProblem problem)
    {
        Counted(severity);
        _found.Add((new(severity, problem.Code, problem.Message, Line: problem.Line, Column: problem.Column), null));
    }

    /// <summary>All diagnostics with their lines and columns.</summary>
    public IReadOnlyList<Diagnostic> Located(ReadOnlySpan<byte> utf8)
    {
        if (_found.Count == 0)
            return [];

        var positions = new DocumentPositions();
        foreach (var place in _found.Select(f => f.Place).OfType<JsonPlace>())
            positions.Want(place);
        if (_found.Any(f => f.Place is not null))
            positions.Find(utf8);

        var located = _found
            .Select(f => f.Place is { } place && positions.Of(place) is var (line, column) ? f.Diagnostic with { Line = line, Column = column } : f.Diagnostic)
            .OrderBy(d => d.Line ?? 0).ThenBy(d => d.Column ?? 0)
            .ToList();
        if (_dropped > 0)
            located.Add(new(DiagnosticSeverity.Warning, "more-diagnostics", $"{_dropped} more are not shown: mend these first."));
        return located;
    }

    private void Add(DiagnosticSeverity severity, string code, string message, JsonPlace? place, string? activityId)
    {
        if (Counted(severity) <= MostOfEach)
            _found.Add((new(severity, code, message, activityId, place?.Path), place));
        else
            _dropped++;
    }

    private int Counted(DiagnosticSeverity severity) => severity == DiagnosticSeverity.Error ? ++_errors : ++_warnings;
}
