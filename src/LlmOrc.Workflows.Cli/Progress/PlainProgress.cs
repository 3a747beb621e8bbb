using System.Globalization;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>One line for each change of a state, without escape codes: for logs, pipes and dumb terminals.</summary>
internal sealed class PlainProgress(RunView view, Terminal terminal, TimeProvider time) : IRunProgress
{
    public void Changed(InstanceEvent @event)
    {
        if (@event is InstanceEvent.Committed { Entry: var entry } && Describe(entry) is { } line)
            terminal.Say($"{entry.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");
    }

    public void Line(string text) => terminal.Say(text);

    public ValueTask DisposeAsync() => default;

    private string? Describe(JournalEntry entry) => entry switch
    {
        InstanceStarted started => $"{TerminalText.CleanLine(started.DefinitionId)} started: {view.InstanceId}",
        CancelRequested => "cancel requested",
        InstanceRetried => "goes on",
        IncidentRaised raised => $"incident: {TerminalText.CleanLine(raised.Incident.Failure.Message)}",
        InstanceFinished finished => finished.SubStatus.ToString().ToLowerInvariant(),
        ExecutionEntry one when view.Find(one.ExecutionId) is { } execution && RunLine.IsWorthShowing(execution) => Describe(execution, one),
        _ => null,
    };

    private string? Describe(ExecutionView execution, ExecutionEntry entry)
    {
        var state = entry switch
        {
            ActivityStarted { Attempt: > 1 } started => $"started again, attempt {started.Attempt}",
            ActivityStarted => "started",
            ActivityCompleted when execution.State == ExecutionState.Failed => $"failed ({RunLine.Facts(execution, time.GetUtcNow())}): {RunLine.Remark(execution)}",
            ActivityCompleted => $"done ({RunLine.Facts(execution, time.GetUtcNow())})",
            ActivitySuspended => RunLine.Remark(execution),
            ActivityResumed resumed => resumed.IsTimer ? "goes on: its time has come" : "goes on: answered",
            ActivityRetryScheduled => $"will be tried again at {RunLine.Waits(execution)}: {RunLine.Remark(execution)}",
            ActivityFaulted => $"failed: {RunLine.Remark(execution)}",
            _ => null,
        };
        return state is null ? null : $"{RunLine.Label(execution)}: {state}";
    }
}
