using System.Text;

namespace LlmOrc.Workflows.Tests.PullRequests;

/// <summary>Files with awkward names and contents, and random changes to them.</summary>
internal sealed class RandomTree(Random random, bool withBytesOutsideUtf8)
{
    private static readonly string[] Folders =
    [
        "", "", "a/", "b/", "i/", "a/b/", "with space/", "x b/", "ünï/", "日本/", "deep/er/still/", "-dash/", "tab\there/", "dev/null/",
    ];

    private static readonly string[] Names =
    [
        "plain{0}.txt", "{0}.cs", "sp ace {0}", "tab\t{0}", "new\nline{0}", "quo\"te{0}", "back\\slash{0}", "ümlaut{0}", "emoji😀{0}",
        "-dash{0}", "trail{0} ", " lead{0}", "cr{0}\r", "@@ -{0} +1 @@", "bell\a{0}", "del\u007f{0}", "e\u0301{0}", "and {0} and b", "a b{0} a b{0}",
    ];

    private static readonly string[] Lines =
    [
        "", "", " ", "-- foo", "++ b/x", "--- a/foo", "+++ b/foo", "-- ", "@@ -1,2 +1,2 @@", "diff --git a/x b/x", "\\ No newline at end of file",
        "\\", "}", "{", "\tint x = 1;", "int Main() {", "ünïcödé", "😀", "form\ffeed", "line\u2028separator", "lone\rcr", "trailing  ", "+", "-", "GIT binary patch",
    ];

    private int _number;

    public Dictionary<string, TreeFile> Make(int count)
    {
        var files = new Dictionary<string, TreeFile>(StringComparer.Ordinal);
        while (files.Count < count)
            files[NewPath()] = NewFile();
        return files;
    }

    public Dictionary<string, TreeFile> Change(IReadOnlyDictionary<string, TreeFile> before)
    {
        var after = new Dictionary<string, TreeFile>(before, StringComparer.Ordinal);
        foreach (var (path, file) in before)
        {
            switch (random.Next(16))
            {
                case 0:
                    after.Remove(path);
                    break;
                case 1:
                    after.Remove(path);
                    after[NewPath()] = file;
                    break;
                case 2:
                    after.Remove(path);
                    after[NewPath()] = Edit(file, edits: 1);
                    break;
                case 3:
                    after[NewPath()] = random.Next(2) == 0 ? file : Edit(file, edits: 1);
                    break;
                case 4 when file.Mode != TreeFile.Link:
                    after[path] = file with { Mode = Toggle(file.Mode) };
                    break;
                case 5 when file.Mode != TreeFile.Link:
                    after[path] = Edit(file, edits: 2) with { Mode = Toggle(file.Mode) };
                    break;
                case 6 when file.Mode != TreeFile.Link:
                    after[path] = file with { Content = ToggleLastNewline(file.Content) };
                    break;
                case 7 when file.Mode != TreeFile.Link:
                    after[path] = file with { Content = [] };
                    break;
                case 8 when random.Next(3) == 0:
                    after[path] = file.Mode == TreeFile.Link ? new TreeFile(TreeFile.Regular, NewText()) : NewLink();
                    break;
                case 9:
                    after[NewPath()] = NewFile();
                    break;
                case 10:
                    break;
                default:
                    after[path] = Edit(file, edits: random.Next(1, 5));
                    break;
            }
        }
        after[NewPath()] = new TreeFile(TreeFile.Regular, []);
        return after;
    }

    private static string Toggle(string mode) => mode == TreeFile.Regular ? TreeFile.Executable : TreeFile.Regular;

    private static byte[] ToggleLastNewline(byte[] content) =>
        content is [.. var rest, (byte)'\n'] ? rest : [.. content, (byte)'\n'];

    private string NewPath() => Pick(Folders) + Pick(Names).Replace("{0}", _number++.ToString());

    private TreeFile NewFile() => random.Next(20) switch
    {
        0 => new TreeFile(TreeFile.Regular, []),
        1 => NewLink(),
        2 or 3 => new TreeFile(TreeFile.Regular, NewBytes()),
        4 => new TreeFile(TreeFile.Executable, NewText()),
        // git looks for a NUL in the first 8,000 bytes only; after them it is text.
        5 => new TreeFile(TreeFile.Regular, [.. Encoding.ASCII.GetBytes(new string('x', 8_100) + "\n"), 0, .. NewText()]),
        _ => new TreeFile(TreeFile.Regular, NewText()),
    };

    private TreeFile NewLink() => new(TreeFile.Link, Encoding.UTF8.GetBytes($"nowhere/{random.Next(1_000)}"));

    private byte[] NewBytes()
    {
        var bytes = new byte[random.Next(1, 3_000)];
        random.NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    private byte[] NewText()
    {
        var lineEnd = random.Next(4) switch { 0 => "\r\n", 1 => null, _ => "\n" };
        var text = new StringBuilder();
        for (var left = random.Next(0, 70); left > 0; left--)
            text.Append(NewLine()).Append(lineEnd ?? (random.Next(2) == 0 ? "\r\n" : "\n"));
        if (random.Next(4) == 0)
            text.Append(NewLine());
        return Encode(text.ToString());
    }

    private string NewLine() => random.Next(3) == 0 ? Pick(Lines) : $"{Pick(Lines)}{random.Next(100)}";

    /// <summary>As UTF-8; where the round allows it, letters over 127 become single bytes, which no UTF-8 text holds.</summary>
    private byte[] Encode(string text) =>
        withBytesOutsideUtf8 && random.Next(3) == 0 ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);

    private TreeFile Edit(TreeFile file, int edits)
    {
        if (file.Mode == TreeFile.Link)
            return NewLink();
        if (file.Content.AsSpan(0, Math.Min(file.Content.Length, 8_000)).Contains((byte)0))
            return file with { Content = [.. file.Content, (byte)random.Next(256), (byte)random.Next(256)] };
        var lines = Split(file.Content);
        for (; edits > 0; edits--)
            EditOnce(lines);
        return file with { Content = [.. lines.SelectMany(line => line)] };
    }

    private void EditOnce(List<byte[]> lines)
    {
        var at = random.Next(lines.Count + 1);
        var count = Math.Min(random.Next(1, 4), lines.Count - at);
        var kind = random.Next(4);
        if (kind != 0)
            lines.RemoveRange(at, count);
        if (kind == 1)
            return;
        for (var added = random.Next(1, 4); added > 0; added--)
            lines.Insert(at, Encode(NewLine() + (random.Next(8) == 0 ? "\r\n" : "\n")));
    }

    private static List<byte[]> Split(byte[] content)
    {
        var lines = new List<byte[]>();
        for (var at = 0; at < content.Length;)
        {
            var newline = Array.IndexOf(content, (byte)'\n', at);
            var end = newline < 0 ? content.Length : newline + 1;
            lines.Add(content[at..end]);
            at = end;
        }
        return lines;
    }

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
