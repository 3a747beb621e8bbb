using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Cli.Show;

/// <summary>A run to read, from top to bottom.</summary>
internal sealed class RunPage(Terminal terminal, ShownRun run, DateTimeOffset now)
{
    private const int MostOfMessage = 100;
    private const int MostActivities = 200;
    private const int MostLinesOfInput = 10;

    /// <param name="wholeMessages">Messages in full instead of their first lines.</param>
    /// <param name="everything">However many activities, and however long inputs there are.</param>
    public void Write(bool wholeMessages, bool everything)
    {
        WriteHead();
        Section("What happened");
        WriteTree(everything ? int.MaxValue : MostActivities);
        if (run.Messages.Count > 0)
            WriteMessages(wholeMessages);
        WriteValues("Input", Heads(Report.Of(run.View.Input, run.View.Graph?.Inputs.Select(i => i.Name)), everything));
        WriteValues("Output", Report.Of(run.Outcome.Output, run.View.Graph?.Outputs.Select(o => o.Name)));
        WriteIncidents();
        WriteWaits();
    }

    private void WriteHead()
    {
        var row = run.Row;
        var driver = run.Lease is { } lease ? $" (process {lease.Owner.ProcessId} on {lease.Owner.Host})" : "";
        Fact("Run", row.Key.InstanceId);
        if (row.Name is not null)
            Fact("Name", row.Name);
        Fact("Workflow", $"{row.DefinitionId}, version {row.DefinitionVersion}");
        Fact("Status", run.State.InWords(row) + driver);
        Fact("Started", Units.Time(row.CreatedAt));
        if (row.FinishedAt is { } finished)
            Fact("Ended", $"{Units.Time(finished)} after {Units.Duration(finished - row.CreatedAt)}");
        Fact("Used", Units.Of(run.Usage));
        foreach (var (name, value) in run.View.Settings.Where(s => s.Key != RunSettings.Idempotency))
            Fact(char.ToUpperInvariant(name[0]) + name[1..], value);
    }

    private void WriteTree(int most)
    {
        var printed = 0;
        // The implicit workflow node says nothing that the head does not.
        foreach (var root in run.View.Executions.Where(e => e.ParentId == 0))
        {
            foreach (var child in root.Children)
                WriteBranch(child, indent: "", ref printed, most);
        }

        if (run.View.Executions.Count - 1 > printed && printed == most)
            terminal.Print($"… {Units.Count(run.View.Executions.Count - 1 - printed)} more; --all shows them");
    }

    private void WriteBranch(ExecutionView execution, string indent, ref int printed, int most)
    {
        if (printed == most)
            return;

        printed++;
        var line = $"{indent}{Mark(execution.State)} {RunLine.Label(execution)}  {TerminalText.CleanLine(execution.Type)}";
        if (execution.Outcomes is not ([] or ["Done"]))
            line += $" → {TerminalText.CleanLine(string.Join(", ", execution.Outcomes))}";
        if (RunLine.Facts(execution, run.Row.Status == Storage.InstanceStatus.Running && run.State == RunState.Running ? now : run.Row.UpdatedAt) is { Length: > 0 } facts)
            line += $"  ({facts})";
        terminal.Print(line);
        if (RunLine.Remark(execution) is { Length: > 0 } remark)
            terminal.Print($"{indent}    {remark}");
        foreach (var child in execution.Children)
            WriteBranch(child, indent + "  ", ref printed, most);
    }

    private void WriteMessages(bool whole)
    {
        Section($"Messages ({run.Messages.Count})");
        foreach (var message in run.Messages)
        {
            var head = $"{message.Sequence}. {message.Sender} → {message.Recipient ?? "all"} ({message.Kind})";
            if (!whole)
            {
                terminal.Print(TerminalText.CleanLine($"{head}: {FirstLine(message)}"));
                continue;
            }

            terminal.Print(TerminalText.CleanLine(head));
            foreach (var line in TerminalText.Clean(message.Content).Split('\n'))
                terminal.Print($"   {line}");
            terminal.Output.WriteLine();
        }
    }

    private static string FirstLine(TranscriptMessage message)
    {
        var content = TerminalText.Clean(message.Content).Trim();
        var end = content.IndexOf('\n');
        return Units.Shorten(end < 0 ? content : content[..end] + " …", MostOfMessage);
    }

    private void WriteValues(string name, IReadOnlyList<Block> blocks)
    {
        if (blocks.Count == 0)
            return;

        Section(name);
        RunResult.Write(terminal, blocks);
    }

    // Who gave an input knows it; its beginning tells which one it was.
    private static IReadOnlyList<Block> Heads(IReadOnlyList<Block> blocks, bool whole) => whole ? blocks : [.. blocks.Select(b =>
        b is Block.Prose prose && prose.Text.Split('\n') is { Length: > MostLinesOfInput + 2 } lines
            ? prose with { Text = $"{string.Join('\n', lines.Take(MostLinesOfInput))}\n… {lines.Length - MostLinesOfInput} more lines; --all shows them" }
            : b)];

    private void WriteIncidents()
    {
        if (run.Outcome.Incidents.Count == 0)
            return;

        Section("Incidents");
        foreach (var incident in run.Outcome.Incidents)
        {
            terminal.Print($"{Units.Time(incident.Time)} {TerminalText.CleanLine(incident.ActivityId)} ({incident.Failure.Type}): {RunResult.Flat(incident.Failure)}");
            if (incident.Failure.Detail is { } detail)
                terminal.Print($"    {Units.Shorten(TerminalText.CleanLine(detail), 500)}");
        }
    }

    private void WriteWaits()
    {
        var id = run.Row.Key.InstanceId;
        var open = run.OpenBookmarks.ToList();
        if (open.Count > 0)
            Section("Waits for");
        foreach (var bookmark in open)
        {
            var question = OpenQuestion.Of(bookmark);
            terminal.Print($"{(question.Asked is null ? "an answer to " : "")}{question.Summary}");
            terminal.Print($"    {question.HowToAnswer(id, open.Count == 1)}");
            if (question.Asked is null && System.Text.Encoding.UTF8.GetString(bookmark.Payload.Span) is { Length: > 0 } payload and not "null")
                terminal.Print($"    {Units.Shorten(TerminalText.CleanLine(payload), 500)}");
        }

        var howToGoOn = run.State switch
        {
            RunState.Interrupted => $"Go on with: llm-orc resume {id}",
            RunState.Faulted => RunResult.HowToGoOn(id, run.Outcome.Incidents),
            _ => "",
        };
        if (howToGoOn.Length > 0)
        {
            terminal.Output.WriteLine();
            terminal.Print(howToGoOn);
        }
    }

    private void Section(string title)
    {
        terminal.Output.WriteLine();
        if (terminal.StylesResult)
            terminal.Result.Write(new Spectre.Console.Text(title + Environment.NewLine, new(decoration: Spectre.Console.Decoration.Bold)));
        else
            terminal.Print($"# {title}");
    }

    private void Fact(string name, string value) => terminal.Print($"{name,-10}{TerminalText.CleanLine(value)}");

    private static string Mark(ExecutionState state) => state switch
    {
        ExecutionState.Done => "✓",
        ExecutionState.Failed => "✗",
        ExecutionState.Cancelled => "–",
        ExecutionState.Waiting => "…",
        ExecutionState.Retrying => "!",
        ExecutionState.Running => "▶",
        _ => "·",
    };
}
