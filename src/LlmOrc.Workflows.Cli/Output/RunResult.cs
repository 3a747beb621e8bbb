using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>Tells what a run that rests came to, and chooses the exit code by it.</summary>
internal static class RunResult
{
    public static async Task<ExitCode> TellAsync(Session session, Terminal terminal, InstanceRow row, RunView? view, bool asJson, CancellationToken cancellationToken)
    {
        var id = row.Key.InstanceId;
        var outcome = await session.Runtime.GetOutcomeAsync(id, cancellationToken: cancellationToken);
        var usage = await session.ReadUsageAsync(row, cancellationToken);
        var open = await OpenQuestion.ReadAsync(session, row, cancellationToken);
        if (asJson)
            RunJson.WriteResult(terminal.Output, outcome, usage, [.. open.Select(q => q.Bookmark)], row.Status == InstanceStatus.Running ? view?.NextTimer : null);
        else
            WriteReport(terminal, outcome, usage, view?.Graph);
        return SayState(terminal, outcome, open, view);
    }

    /// <summary>Says on standard error in what state a run rests, and what to do; nothing of a run that has finished.</summary>
    public static async Task<ExitCode> SayStateAsync(Session session, Terminal terminal, InstanceRow row, RunView? view, CancellationToken cancellationToken) => SayState(
        terminal, await session.Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: cancellationToken), await OpenQuestion.ReadAsync(session, row, cancellationToken), view);

    private static ExitCode SayState(Terminal terminal, InstanceOutcome outcome, IReadOnlyList<OpenQuestion> open, RunView? view)
    {
        var exitCode = ExitCodeOf(outcome.Row, open.Count > 0 || view?.NextTimer is not null, outcome.Incidents.Count > 0);
        SayState(terminal, exitCode, outcome, open, view);
        return exitCode;
    }

    /// <param name="waits">Whether something could wake it: an answer or a time.</param>
    public static ExitCode ExitCodeOf(InstanceRow row, bool waits, bool hasIncidents) => row.SubStatus switch
    {
        InstanceSubStatus.Finished => ExitCode.Finished,
        InstanceSubStatus.Faulted => ExitCode.Faulted,
        InstanceSubStatus.Cancelled => ExitCode.Cancelled,
        // Other branches went on, and nothing is left but what faulted.
        _ when hasIncidents && !waits => ExitCode.Faulted,
        _ => ExitCode.Waiting,
    };

    private static void WriteReport(Terminal terminal, InstanceOutcome outcome, Usage usage, WorkflowGraph? graph)
    {
        var blocks = Report.Of(outcome.Output, graph?.Outputs.Select(o => o.Name));
        if (blocks.Count > 0)
        {
            if (terminal.StylesResult)
                terminal.Output.WriteLine();
            Write(terminal, blocks);
            terminal.Output.WriteLine();
        }

        var row = outcome.Row;
        var show = $"llm-orc show {row.Key.InstanceId}";
        // The live tree above has said what was used.
        terminal.Print(terminal is { StylesResult: true, ShowsLive: true } ? show : $"{Units.Of(usage)} · {Units.Duration((row.FinishedAt ?? row.UpdatedAt) - row.CreatedAt)} · {show}");
    }

    public static void Write(Terminal terminal, IReadOnlyList<Block> blocks)
    {
        if (terminal.StylesResult)
            ReportPanels.Write(blocks, terminal.Result);
        else
            ReportLines.Write(blocks, terminal.Output);
    }

    private static void SayState(Terminal terminal, ExitCode exitCode, InstanceOutcome outcome, IReadOnlyList<OpenQuestion> open, RunView? view)
    {
        var id = outcome.Row.Key.InstanceId;
        switch (exitCode)
        {
            case ExitCode.Faulted:
                foreach (var incident in outcome.Incidents)
                    terminal.Say($"error: {TerminalText.CleanLine(incident.ActivityId)}: {Flat(incident.Failure)}");
                terminal.Say($"The run faulted. {HowToGoOn(id, outcome.Incidents)}".TrimEnd());
                break;
            case ExitCode.Waiting:
                foreach (var question in open)
                    terminal.Say($"Waits for {(question.Asked is null ? "an answer to " : "")}{question.Summary} Answer with: {question.HowToAnswer(id, open.Count == 1)}");
                if (view?.NextTimer is { } due)
                    terminal.Say($"Waits until {Units.Time(due)}. Go on then with: llm-orc resume {id}");
                break;
            case ExitCode.Cancelled:
                terminal.Say("The run was cancelled.");
                break;
        }
    }

    /// <summary>What to do about a run that faulted; empty where its incidents say so themselves.</summary>
    public static string HowToGoOn(string id, IReadOnlyList<Incident> incidents)
    {
        if (incidents.Any(i => i.Failure.IsFinal))
            return "It would fault again, because the cause is kept with it: start a new run instead.";

        var resume = $"llm-orc resume {id}";
        return incidents.Any(i => Flat(i.Failure).Contains(resume, StringComparison.Ordinal)) ? "" : $"Mend the cause, then go on with: {resume}";
    }

    /// <summary>A failure and what is behind it, without saying the same twice.</summary>
    public static string Flat(Failure failure)
    {
        var text = failure.Message;
        for (var inner = failure.Inner; inner is not null; inner = inner.Inner)
        {
            if (!text.Contains(inner.Message, StringComparison.Ordinal))
                text += $": {inner.Message}";
        }

        return text;
    }
}
