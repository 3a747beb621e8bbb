using System.Diagnostics;
using System.Text;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

/// <summary>A git repository in a temporary folder, untouched by the settings of whoever runs the tests.</summary>
internal sealed class ScratchRepository : IDisposable
{
    public ScratchRepository()
    {
        Root = Directory.CreateTempSubdirectory("diff-").FullName;
        Git("init", "--quiet", "--initial-branch=main");
        Git("config", "core.autocrlf", "false");
        Git("config", "gc.auto", "0");
    }

    public string Root { get; }

    public byte[] Git(params string[] arguments) => GitWithInput("", arguments);

    /// <summary>The input must fit into a pipe (64 kB), because the output is read after it.</summary>
    private byte[] GitWithInput(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = Root;
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["LC_ALL"] = "C";
        foreach (var role in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{role}_NAME"] = "Somebody";
            start.Environment[$"GIT_{role}_EMAIL"] = "somebody@example.org";
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {errors.Result}");
        return output.ToArray();
    }

    public void Commit(string message)
    {
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", "-m", message);
    }

    /// <summary>Makes the working tree hold these files and no others.</summary>
    public void Write(IReadOnlyDictionary<string, TreeFile> files)
    {
        foreach (var entry in new DirectoryInfo(Root).EnumerateFileSystemInfos().Where(entry => entry.Name != ".git"))
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }
        foreach (var (path, file) in files)
            Write(Root + "/" + path, file);
    }

    private static void Write(string path, TreeFile file)
    {
        Directory.CreateDirectory(path[..path.LastIndexOf('/')]);
        if (file.Mode == TreeFile.Link)
        {
            File.CreateSymbolicLink(path, Encoding.UTF8.GetString(file.Content));
            return;
        }
        File.WriteAllBytes(path, file.Content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, file.Mode == TreeFile.Executable
                ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                : UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>All files of a tree as git holds them.</summary>
    public Dictionary<string, TreeFile> ReadTree(string tree)
    {
        var entries = Encoding.UTF8.GetString(Git("ls-tree", "-r", "-z", tree)).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => (Mode: entry[..6], Id: entry[12..52], Path: entry[53..])).ToList();
        var blobs = GitWithInput(string.Concat(entries.Select(entry => entry.Id + "\n")), "cat-file", "--batch");
        var files = new Dictionary<string, TreeFile>(StringComparer.Ordinal);
        var at = 0;
        foreach (var (mode, _, path) in entries)
        {
            var endOfHeader = Array.IndexOf(blobs, (byte)'\n', at);
            var size = int.Parse(Encoding.ASCII.GetString(blobs, at, endOfHeader - at).Split(' ')[2]);
            files[path] = new TreeFile(mode, blobs[(endOfHeader + 1)..(endOfHeader + 1 + size)]);
            at = endOfHeader + size + 2;
        }
        return files;
    }

    public void Dispose()
    {
        foreach (var file in new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories))
            file.Attributes = FileAttributes.Normal;
        Directory.Delete(Root, recursive: true);
    }
}

internal sealed record TreeFile(string Mode, byte[] Content)
{
    public const string Regular = "100644";
    public const string Executable = "100755";
    public const string Link = "120000";
}
