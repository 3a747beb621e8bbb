using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.List;

/// <summary>A list of runs as a table, as lines for other programs, or as JSON.</summary>
internal static class RunTable
{
    // Twelve hex digits of a time-ordered id name a millisecond.
    private const int ShortId = 12;

    public static void Write(Terminal terminal, IReadOnlyList<ListedRun> runs, DateTimeOffset now)
    {
        if (runs.Count == 0)
            terminal.Say("There are no such runs. Start one with: llm-orc run WORKFLOW");
        else if (terminal.StylesResult)
            WriteTable(terminal.Result, runs, now);
        else
            WriteLines(terminal, runs, now);
    }

    public static void WriteJson(Terminal terminal, IReadOnlyList<ListedRun> runs) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartArray();
        foreach (var (row, state, usage) in runs)
        {
            json.WriteStartObject();
            json.WriteString("id", row.Key.InstanceId);
            json.WriteString("workflow", row.DefinitionId);
            json.WriteNumber("version", row.DefinitionVersion);
            json.WriteString("name", row.Name);
            json.WriteString("state", state.ToString().ToLowerInvariant());
            json.WriteString("status", row.Status.ToString());
            json.WriteString("subStatus", row.SubStatus.ToString());
            json.WriteNumber("incidents", row.IncidentCount);
            RunJson.WriteTime(json, "startedAt", row.CreatedAt);
            RunJson.WriteTime(json, "updatedAt", row.UpdatedAt);
            RunJson.WriteTime(json, "finishedAt", row.FinishedAt);
            RunJson.WriteUsage(json, usage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>As much of the ids as tells them apart.</summary>
    public static int IdLength(IReadOnlyCollection<string> ids)
    {
        var longest = ids.Max(id => id.Length);
        var length = Math.Min(ShortId, longest);
        while (length < longest && ids.Select(id => id[..Math.Min(length, id.Length)]).Distinct().Count() < ids.Count)
            length++;
        return length;
    }

    private static void WriteTable(IAnsiConsole console, IReadOnlyList<ListedRun> runs, DateTimeOffset now)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var name in (string[])["Id", "Workflow", "Status", "Started", "Duration", "Cost", "Name"])
            table.AddColumn(new TableColumn(name) { NoWrap = name is not ("Name" or "Workflow"), Alignment = name is "Duration" or "Cost" ? Justify.Right : Justify.Left });

        var idLength = IdLength([.. runs.Select(r => r.Row.Key.InstanceId)]);
        foreach (var run in runs)
        {
            var cells = Cells(run, now);
            cells[0] = cells[0][..Math.Min(idLength, cells[0].Length)];
            table.AddRow(cells.Select((cell, i) => new Text(cell, i == 2 ? StyleOf(run.State) : Style.Plain)).ToArray());
        }

        console.Write(table);
    }

    private static void WriteLines(Terminal terminal, IReadOnlyList<ListedRun> runs, DateTimeOffset now)
    {
        foreach (var run in runs)
            terminal.Output.WriteLine(string.Join('\t', Cells(run, now)));
    }

    private static string[] Cells(ListedRun run, DateTimeOffset now)
    {
        var row = run.Row;
        var end = row.FinishedAt ?? (run.State == RunState.Running ? now : row.UpdatedAt);
        return
        [
            row.Key.InstanceId,
            TerminalText.CleanLine(row.DefinitionId),
            run.State.ToString().ToLowerInvariant(),
            Units.Time(row.CreatedAt),
            Units.Duration(end - row.CreatedAt),
            Units.Cost(run.Usage.Cost),
            TerminalText.CleanLine(row.Name ?? ""),
        ];
    }

    private static Style StyleOf(RunState state) => new(state switch
    {
        RunState.Finished => Color.Green,
        RunState.Faulted => Color.Red,
        RunState.Cancelled => Color.Grey,
        _ => Color.Yellow,
    });
}
