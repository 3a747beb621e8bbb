namespace LlmOrc.Workflows.TestKit.PullRequests;

/// <summary>A script called <c>gh</c> in a folder of its own: notes its arguments, a line each, and answers with what it was given. Unix only.</summary>
public sealed class FakeGitHubProgram : IDisposable
{
    private FakeGitHubProgram(string folder) => Folder = folder;

    /// <summary>What PATH has to name.</summary>
    public string Folder { get; }

    /// <summary>The arguments of each call, one after the other; calls are separated by an empty line.</summary>
    public string Calls => File.Exists(Path.Combine(Folder, "calls")) ? File.ReadAllText(Path.Combine(Folder, "calls")) : "";

    public static FakeGitHubProgram Answering(string facts, string diff)
    {
        var folder = Directory.CreateTempSubdirectory("fake-gh-").FullName;
        File.WriteAllText(Path.Combine(folder, "facts"), facts);
        File.WriteAllText(Path.Combine(folder, "diff"), diff);
        return Write(folder, $"if [ \"$2\" = view ]; then /bin/cat '{folder}/facts'; else /bin/cat '{folder}/diff'; fi");
    }

    public static FakeGitHubProgram Failing(int exitCode, string error)
    {
        var folder = Directory.CreateTempSubdirectory("fake-gh-").FullName;
        File.WriteAllText(Path.Combine(folder, "error"), error);
        return Write(folder, $"/bin/cat '{folder}/error' >&2; exit {exitCode}");
    }

    /// <summary>One whose diff is too large: it gives the list of changed files instead, page by page.</summary>
    public static FakeGitHubProgram AnsweringInParts(string facts, params string[] pages)
    {
        var folder = Directory.CreateTempSubdirectory("fake-gh-").FullName;
        File.WriteAllText(Path.Combine(folder, "facts"), facts);
        for (var page = 1; page <= pages.Length; page++)
            File.WriteAllText(Path.Combine(folder, $"page{page}"), pages[page - 1]);
        return Write(folder, $$"""
            case "$1 $2" in
              "pr view") /bin/cat '{{folder}}/facts' ;;
              "pr diff") echo "could not find pull request diff: HTTP 406: Sorry, the diff exceeded the maximum number of files (300). (https://api.github.com/repos/acme/shop/pulls/7)" >&2; exit 1 ;;
              *) for last; do :; done
                 page="{{folder}}/page${last##*&page=}"
                 if [ -f "$page" ]; then /bin/cat "$page"; else echo '[]'; fi ;;
            esac
            """);
    }

    /// <summary>One that does what a script says; <c>$0</c> is its path.</summary>
    public static FakeGitHubProgram Running(string script) => Write(Directory.CreateTempSubdirectory("fake-gh-").FullName, script);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static FakeGitHubProgram Write(string folder, string answer)
    {
        var path = Path.Combine(folder, "gh");
        File.WriteAllText(path, $"#!/bin/sh\nprintf '%s\\n' \"$@\" '' >> '{folder}/calls'\n{answer}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new(folder);
    }
}
