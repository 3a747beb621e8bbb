using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.List;

/// <summary>A list of runs as a table, as lines for other programs, or as JSON.</summary>
internal static class RunTable
{
    // Twelve hex digits of a time-ordered id name a millisecond.
    private const int ShortId = 12;

    // What a text that wraps has to have, and what the table draws beside each column.
    private const int LeastOfText = 10;
    private const int ColumnPadding = 3;

    private static readonly string[] Names = ["Id", "Workflow", "Status", "Started", "Duration", "Cost", "Name"];

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
        var idLength = IdLength([.. runs.Select(r => r.Row.Key.InstanceId)]);
        var rows = runs.Select(run => Cells(run, now)).ToList();
        foreach (var cells in rows)
            cells[0] = cells[0][..Math.Min(idLength, cells[0].Length)];

        var table = new Table { Border = TableBorder.Simple };
        var shown = Fitting(rows, console.Profile.Width);
        foreach (var column in shown)
            table.AddColumn(new TableColumn(Names[column]) { NoWrap = !Wraps(column), Alignment = Names[column] is "Duration" or "Cost" ? Justify.Right : Justify.Left });
        for (var i = 0; i < rows.Count; i++)
            table.AddRow(shown.Select(column => new Text(rows[i][column], Names[column] == "Status" ? StyleOf(runs[i].State) : Style.Plain)).ToArray());

        console.Write(table);
    }

    // A table that is too wide would not be shown at all: a narrow terminal gets the columns that matter most.
    private static int[] Fitting(List<string[]> rows, int width)
    {
        var shown = Enumerable.Range(0, Names.Length).ToList();
        if (rows.TrueForAll(cells => cells[^1].Length == 0))
            shown.Remove(Names.Length - 1);
        foreach (var name in (string[])["Cost", "Duration", "Name", "Started"])
        {
            if (shown.Sum(column => WidthOf(column, rows) + ColumnPadding) <= width)
                break;
            shown.Remove(Array.IndexOf(Names, name));
        }

        return [.. shown];
    }

    private static int WidthOf(int column, List<string[]> rows) =>
        Wraps(column) ? LeastOfText : Math.Max(Names[column].Length, rows.Max(cells => cells[column].Length));

    private static bool Wraps(int column) => Names[column] is "Name" or "Workflow";

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
            run.State.InWords(row),
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
