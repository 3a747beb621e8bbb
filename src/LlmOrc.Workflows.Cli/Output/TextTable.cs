using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>Rows of short texts: a table on a terminal, which wraps what is too long for it; elsewhere lines with tabs, for other programs.</summary>
internal static class TextTable
{
    /// <param name="rows">As many cells as there are headings; they are made safe to show.</param>
    public static void Write(Terminal terminal, IReadOnlyList<string> headings, IReadOnlyList<string[]> rows)
    {
        if (!terminal.StylesResult)
        {
            foreach (var row in rows)
                terminal.Output.WriteLine(string.Join('\t', row.Select(TerminalText.CleanLine)));
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        for (var i = 0; i < headings.Count; i++)
            // The first column is what people copy.
            table.AddColumn(new TableColumn(headings[i]) { NoWrap = i == 0 });
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(TerminalText.CleanLine(cell)))]);
        terminal.Result.Write(table);
    }
}
