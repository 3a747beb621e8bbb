using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The built server on a user's folder and its data, and the terminal of somebody elsewhere who drives it.</summary>
internal sealed partial class ServerProcess
{
    private readonly StoryFolder _folder;
    private readonly string _elsewhere;
    private ChildProcess _process;

    private ServerProcess(StoryFolder folder, ChildProcess process, string url, string key)
    {
        (_folder, _process, Url, Key) = (folder, process, url, key);
        _elsewhere = Directory.CreateDirectory(Path.Combine(folder.Root, "elsewhere")).FullName;
    }

    public string Url { get; }

    /// <summary>The administrator's.</summary>
    public string Key { get; }

    /// <summary>Where the terminal would keep a store of its own.</summary>
    public string TerminalData => Path.Combine(_elsewhere, "data");

    /// <summary>Starts it on a free port, and reads its first screen. It ends with the folder.</summary>
    public static async Task<ServerProcess> StartAsync(StoryFolder folder)
    {
        var process = Launch(folder, "http://127.0.0.1:0");
        var listens = await process.OutputLineAsync("listens on http://");
        var shown = await process.OutputLineAsync("shown this once: ");
        return new(folder, process, Address().Match(listens).Value, shown[(shown.LastIndexOf(' ') + 1)..].Trim());
    }

    /// <summary><c>kill -9</c>.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts it again, at the same address.</summary>
    public async Task StartAgainAsync()
    {
        _process = Launch(_folder, Url);
        await _process.OutputLineAsync("listens on http://");
    }

    /// <summary>Starts the terminal in an empty folder elsewhere, told the server and the key by its environment.</summary>
    public ChildProcess Terminal(params string[] args) => Start(BuiltProgram.LlmOrc, args);

    /// <summary>Starts another program there, with that environment and more.</summary>
    public ChildProcess Start(string program, string[] args, params (string Name, string Value)[] more) => _folder.Keep(ChildProcess.Start(
        program, args, _elsewhere, [("LLM_ORC_DATA", TerminalData), ("LLM_ORC_SERVER", Url), ("LLM_ORC_API_KEY", Key), .. more]));

    /// <summary>Runs the terminal to its end.</summary>
    public Task<EndedProcess> RunAsync(params string[] args) => Terminal(args).EndAsync();

    /// <summary>Runs the terminal to its end, told by its arguments only.</summary>
    public Task<EndedProcess> RunBareAsync(params string[] args) => _folder.Keep(ChildProcess.Start(BuiltProgram.LlmOrc, args, _elsewhere, ("LLM_ORC_DATA", TerminalData))).EndAsync();

    /// <summary>Writes a file beside the terminal.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(_elsewhere, name);
        File.WriteAllText(path, content);
        return path;
    }

    private static ChildProcess Launch(StoryFolder folder, string url) =>
        folder.Keep(ChildProcess.Start(BuiltProgram.Server, ["--urls", url, "--data", folder.DataFolder], folder.Work));

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
