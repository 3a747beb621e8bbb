using System.Globalization;
using System.Text;
using LlmOrc.Workflows.Agents.PullRequests;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

/// <summary>Real git makes the diffs, says what is in them, and applies them; we must agree with it on all three.</summary>
public sealed class UnifiedDiffAgainstGitTests(ITestOutputHelper output)
{
    private const int FileDiffs = 1_000;

    private sealed record Style(string Name, string[] Settings, string[] Options, string Against, int Strip);

    private static readonly Style[] Styles =
    [
        new("default", [], [], "index", 1),
        new("noprefix", ["-c", "diff.noprefix=true"], [], "index", 0),
        new("mnemonic c/ i/", ["-c", "diff.mnemonicPrefix=true"], [], "index", 1),
        new("mnemonic c/ w/", ["-c", "diff.mnemonicPrefix=true"], [], "worktree", 1),
        new("mnemonic i/ w/", ["-c", "diff.mnemonicPrefix=true"], [], "unstaged", 1),
        new("own prefixes", [], ["--src-prefix=before/", "--dst-prefix=after/"], "index", 1),
    ];

    [Fact]
    public void New_sides_of_a_thousand_files_equal_what_git_applies()
    {
        var seed = Environment.GetEnvironmentVariable("DIFF_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        using var repository = new ScratchRepository();
        var compared = 0;
        for (var round = 0; compared < FileDiffs; round++)
            compared += PlayRound(repository, new Random(seed + round), round, $"DIFF_SEED={seed}, round {round}", seen);
        output.WriteLine($"{compared} file diffs: {string.Join(", ", seen.Select(kind => $"{kind.Value} {kind.Key}"))}");
        foreach (var kind in Enum.GetNames<FileChange>().Concat(["binary", "binary patch", "empty added", "without newline", "CRLF", "type change", "quoted path"]))
            Assert.True(seen.ContainsKey(kind), $"no {kind} among them, DIFF_SEED={seed}");
    }

    [Fact]
    public void Merges_mails_logs_and_submodules_of_git_are_read_without_a_problem()
    {
        using var repository = new ScratchRepository();
        Commit("base", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        repository.Git("checkout", "--quiet", "-b", "side");
        Commit("side", "1\n2 side\n3\n4\n5\n6\n7\n8\n9 side\n");
        repository.Git("checkout", "--quiet", "main");
        Commit("main", "1 main\n2\n3\n4\n5\n6\n7\n8\n9 main");
        repository.Git("merge", "--quiet", "--no-commit", "--strategy=ours", "side");
        Commit("merge", "1 main\n2 side\n3\n4\n5\n6\n7\n8\n9 both\n");

        var combined = Parse("show", "--cc", "--format=raw");
        var file = Assert.Single(combined.Files);
        Assert.True(file.IsCombined && file.IsComplete);
        Assert.Equal(["- ", " -", "++"], file.Hunks[^1].Columns.Where(marks => marks != "  ").TakeLast(3));
        Assert.Single(Parse("show", "-c", "--combined-all-paths").Files);
        Assert.Equal(5, Parse("log", "-p", "-m", "--stat").Files.Count);
        Assert.Equal(3, Parse("format-patch", "--stdout", "--root", "HEAD").Files.Count);

        repository.Git("update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,lib");
        Assert.True(Assert.Single(Parse("diff", "--cached").Files).IsSubmodule);

        UnifiedDiff Parse(params string[] command)
        {
            var diff = UnifiedDiff.Parse(Encoding.UTF8.GetString(repository.Git(command)));
            Assert.Empty(diff.Problems);
            return diff;
        }

        void Commit(string message, string text)
        {
            File.WriteAllText(repository.Root + "/x", text);
            repository.Commit(message + "\n\n- because\n+ of this\n");
        }
    }

    private static int PlayRound(ScratchRepository repository, Random random, int round, string where, SortedDictionary<string, int> seen)
    {
        // Latin-1 keeps every byte, but needs paths in escapes; UTF-8 reads paths as they are, but only texts that are UTF-8.
        var asLatin1 = round % 2 == 0;
        var encoding = asLatin1 ? Encoding.Latin1 : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var style = Styles[round / 2 % Styles.Length];
        var context = new[] { 3, 0, 10 }[round % 3];
        where = $"{where}: {style.Name}, -U{context}, {encoding.WebName}";
        var tree = new RandomTree(random, withBytesOutsideUtf8: asLatin1);
        var before = tree.Make(70);
        repository.Write(before);
        repository.Commit("before");
        repository.Write(tree.Change(before));
        Stage(repository, style);

        string[] command = ["-c", $"core.quotePath={(asLatin1 ? "true" : "false")}", .. style.Settings, "diff", "-M", round % 3 == 1 ? "--rename-empty" : "--no-rename-empty", .. AgainstWhat(style)];
        var expected = ReadRaw(repository.Git([.. command, "--raw", "--abbrev=40", "-z"]));
        var counts = ReadNumstat(repository.Git([.. command, "--numstat", "-z"]));
        var patch = repository.Git([.. command, $"-U{context}", .. style.Options, "--binary"]);
        var asSeen = round % 4 < 2 ? patch : repository.Git([.. command, $"-U{context}", .. style.Options]);
        var applied = ApplyWithGit(repository, patch, style, context);

        var diff = UnifiedDiff.Parse(encoding.GetString(asSeen));
        Assert.True(diff.Problems.Count == 0, $"{where}: {string.Join(" | ", diff.Problems)}");
        Assert.True(expected.Select(Describe).SequenceEqual(diff.Files.Select(Describe)),
            $"{where}\ngit:  {string.Join("\n      ", expected.Select(Describe).Except(diff.Files.Select(Describe)))}\nours: {string.Join("\n      ", diff.Files.Select(Describe).Except(expected.Select(Describe)))}");
        foreach (var file in diff.Files)
        {
            Compare(file, before, applied, counts, encoding, $"{where}: {file.Path}");
            Count(file, diff, seen);
        }
        return diff.Files.Count;
    }

    private static void Stage(ScratchRepository repository, Style style)
    {
        if (style.Against == "unstaged")
            repository.Git("add", "--intent-to-add", ".");
        else
            repository.Git("add", "--all");
    }

    private static string[] AgainstWhat(Style style) => style.Against switch
    {
        "index" => ["--cached", "-C", "--find-copies-harder"],
        "worktree" => ["HEAD", "-C", "--find-copies-harder"],
        // Of files that are only intended to be added, git finds other copies for --raw than for the diff.
        _ => [],
    };

    private static Dictionary<string, TreeFile> ApplyWithGit(ScratchRepository repository, byte[] patch, Style style, int context)
    {
        repository.Git("read-tree", "HEAD");
        string[] zero = context == 0 ? ["--unidiff-zero"] : [];
        var patchFile = repository.Root + "/.git/patch";
        File.WriteAllBytes(patchFile, patch);
        repository.Git(["apply", "--cached", "--whitespace=nowarn", $"-p{style.Strip}", .. zero, patchFile]);
        return repository.ReadTree(Encoding.ASCII.GetString(repository.Git("write-tree")).Trim());
    }

    private static void Compare(FileDiff file, Dictionary<string, TreeFile> before, Dictionary<string, TreeFile> applied, Dictionary<string, (int, int)?> counts, Encoding encoding, string where)
    {
        if (file.IsBinary)
        {
            Assert.True(counts[file.Path] is null, where);
            Assert.Empty(file.Hunks);
            Assert.Throws<DiffDoesNotApplyException>(() => file.ApplyTo(""));
            return;
        }
        // A binary file that only moves or changes its mode has no diff to decode, but bytes that are no UTF-8.
        encoding = file.Hunks.Count == 0 ? Encoding.Latin1 : encoding;
        var old = file.OldPath is null ? "" : encoding.GetString(before[file.OldPath].Content);
        var rebuilt = encoding.GetBytes(file.ApplyTo(old));
        var wanted = file.NewPath is null ? [] : applied[file.NewPath].Content;
        Assert.True(rebuilt.AsSpan().SequenceEqual(wanted), where);
        if (file.NewPath is not null && file.NewMode is not null)
            Assert.True(file.NewMode == applied[file.NewPath].Mode, where);
        // A change of type is one line of --numstat and two files of the diff.
        if (counts.TryGetValue(file.Path, out var count) && file.Hunks.Count > 0 && !(before.ContainsKey(file.Path) && file.OldPath is null) && !(file.NewPath is null && applied.ContainsKey(file.Path)))
            Assert.True(count == (file.AddedLines, file.DeletedLines), $"{where}: git counts {count}, we {file.AddedLines}, {file.DeletedLines}");
    }

    private static void Count(FileDiff file, UnifiedDiff diff, SortedDictionary<string, int> seen)
    {
        var lines = file.Hunks.SelectMany(hunk => hunk.Lines).ToList();
        Add(file.Change.ToString(), true);
        Add("binary", file.IsBinary);
        Add("binary patch", file.BinaryPatch is not null);
        Add("without newline", lines.Any(line => line.NoNewlineAtEnd));
        Add("CRLF", lines.Any(line => line.Text.EndsWith('\r')));
        Add("empty added", file.Change == FileChange.Added && lines.Count == 0 && !file.IsBinary);
        Add("type change", file.OldPath is null && diff.Files.Any(other => other.NewPath is null && other.OldPath == file.NewPath));
        Add("quoted path", file.Path.Any(letter => char.IsControl(letter) || letter is '"' or '\\'));

        void Add(string kind, bool applies)
        {
            if (applies)
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
        }
    }

    private sealed record Expected(FileChange Change, string? OldPath, string? NewPath, string? OldMode, string? NewMode, int? Similarity);

    private static string Describe(Expected file) => $"{file.Change} {file.OldPath} -> {file.NewPath} {file.OldMode} {file.NewMode} {file.Similarity}";

    private static string Describe(FileDiff file) =>
        // The diff of a rename without changes names no modes; --raw always does.
        $"{(file.Change == FileChange.ModeChanged ? FileChange.Modified : file.Change)} {file.OldPath} -> {file.NewPath} {(file.OldMode == file.NewMode ? null : file.OldMode)} {(file.OldMode == file.NewMode ? null : file.NewMode)} {(file.Change is FileChange.Renamed or FileChange.Copied ? file.Similarity : null)}";

    /// <summary>Records like <c>:100644 100755 id id R087 NUL old NUL new NUL</c>.</summary>
    private static List<Expected> ReadRaw(byte[] raw)
    {
        var fields = new Queue<string>(Encoding.UTF8.GetString(raw).Split('\0', StringSplitOptions.RemoveEmptyEntries));
        var files = new List<Expected>();
        while (fields.TryDequeue(out var record))
        {
            var parts = record[1..].Split(' ');
            var path = fields.Dequeue();
            var (oldMode, newMode) = parts[0] == parts[1] ? (null, null) : (parts[0], parts[1]);
            switch (parts[4][0])
            {
                case 'A':
                    files.Add(new Expected(FileChange.Added, null, path, null, newMode, null));
                    break;
                case 'D':
                    files.Add(new Expected(FileChange.Deleted, path, null, oldMode, null, null));
                    break;
                case 'T':
                    files.Add(new Expected(FileChange.Deleted, path, null, oldMode, null, null));
                    files.Add(new Expected(FileChange.Added, null, path, null, newMode, null));
                    break;
                case 'R' or 'C':
                    var change = parts[4][0] == 'R' ? FileChange.Renamed : FileChange.Copied;
                    files.Add(new Expected(change, path, fields.Dequeue(), oldMode, newMode, int.Parse(parts[4].AsSpan(1))));
                    break;
                default:
                    files.Add(new Expected(FileChange.Modified, path, path, oldMode, newMode, null));
                    break;
            }
        }
        return files;
    }

    /// <summary>Records like <c>3 TAB 1 TAB path NUL</c>, or <c>3 TAB 1 TAB NUL old NUL new NUL</c>; the counts of a binary file are dashes.</summary>
    private static Dictionary<string, (int Added, int Deleted)?> ReadNumstat(byte[] numstat)
    {
        var fields = Encoding.UTF8.GetString(numstat).Split('\0');
        var counts = new Dictionary<string, (int, int)?>(StringComparer.Ordinal);
        for (var at = 0; at < fields.Length - 1; at++)
        {
            var parts = fields[at].Split('\t', 3);
            var path = parts[2].Length > 0 ? parts[2] : fields[at += 2];
            counts[path] = parts[0] == "-" ? null : (int.Parse(parts[0]), int.Parse(parts[1]));
        }
        return counts;
    }
}
