namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>A line that a diff inside a prompt adds.</summary>
internal sealed record AddedLine(string File, int Number, string Text)
{
    // A review quotes a handful; a prompt may hold any diff.
    private const int MostLines = 20_000;

    /// <summary>Finds the added lines of a unified diff in a text. Good enough for quoting; the real reader of diffs is not needed here.</summary>
    public static IReadOnlyList<AddedLine> FindAll(string prompt)
    {
        var found = new List<AddedLine>();
        var file = "";
        var number = 0;
        foreach (var line in prompt.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("+++ "))
                file = FileName(line[4..]);
            else if (line.StartsWith("@@ "))
                number = FirstNewLine(line);
            else if (number > 0 && line.StartsWith("+"))
                found.Add(new(file, number++, line[1..].Trim().ToString()));
            else if (number > 0 && line.StartsWith(" "))
                number++;
            else if (line.StartsWith("diff "))
                number = 0;
            if (found.Count == MostLines)
                break;
        }

        return found;
    }

    private static string FileName(ReadOnlySpan<char> name)
    {
        var tab = name.IndexOf('\t');
        name = tab < 0 ? name : name[..tab];
        return (name.StartsWith("b/") ? name[2..] : name).Trim().ToString();
    }

    // "@@ -1,4 +12,9 @@": the number behind the plus.
    private static int FirstNewLine(ReadOnlySpan<char> header)
    {
        var plus = header.IndexOf('+');
        var digits = plus < 0 ? [] : header[(plus + 1)..];
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], out var number) ? number : 0;
    }
}
