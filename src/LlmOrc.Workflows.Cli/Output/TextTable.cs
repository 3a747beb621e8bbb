using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>Rows of short texts: a table on a terminal, which wraps what is too long for it; elsewhere lines with tabs, for other programs.</summary>
internal static class TextTable
{
    // Narrower columns break words that people have to read, and each has its border.
    private const int LeastOfText = 18;
    private const int ColumnPadding = 3;

    /// <param name="rows">As many cells as there are headings; they are made safe to show.</param>
    /// <param name="dispensable">Headings of columns that a narrow terminal is spared, the first one first.</param>
    public static void Write(Terminal terminal, IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, params string[] dispensable)
    {
        if (!terminal.StylesResult)
        {
            foreach (var row in rows)
                terminal.Output.WriteLine(string.Join('\t', row.Select(TerminalText.CleanLine)));
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        var shown = Fitting(headings, rows, terminal.Result.Profile.Width, dispensable);
        foreach (var column in shown)
            // The first column is what people copy.
            table.AddColumn(new TableColumn(headings[column]) { NoWrap = column == 0 });
        foreach (var row in rows)
            table.AddRow([.. shown.Select(column => new Text(TerminalText.CleanLine(row[column])))]);
        terminal.Result.Write(table);
    }

    private static List<int> Fitting(IReadOnlyList<string> headings, IReadOnlyList<string[]> rows, int width, string[] dispensable)
    {
        var shown = Enumerable.Range(0, headings.Count).ToList();
        foreach (var heading in dispensable)
        {
            if (shown.Sum(WidthOf) <= width)
                break;
            shown.Remove(headings.ToList().IndexOf(heading));
        }

        return shown;

        int WidthOf(int column)
        {
            var widest = rows.Select(r => r[column].Length).Append(headings[column].Length).Max();
            return ColumnPadding + (column == 0 ? widest : Math.Min(widest, LeastOfText));
        }
    }
}
