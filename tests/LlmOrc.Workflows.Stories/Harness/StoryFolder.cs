using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>A user's folder with copies of our workflows, templates, samples and settings, and a data folder; both end with the test.</summary>
internal sealed class StoryFolder : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];
    private readonly Lock _lock = new();

    /// <param name="data">A data folder of one's own; null for one in here.</param>
    public StoryFolder(string? data = null)
    {
        DataFolder = data ?? Path.Combine(Root, "data");
        foreach (var folder in new[] { "workflows", "templates", "samples" })
            Copy(RepositoryRoot.Combine(folder), Path.Combine(Work, folder));
        File.Copy(RepositoryRoot.Combine("llm-orc.json"), SettingsPath);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("llm-orc-story-").FullName;

    /// <summary>Where the program is started.</summary>
    public string Work => Path.Combine(Root, "work");

    /// <summary>Given to the program with <c>--data</c>.</summary>
    public string DataFolder { get; }

    public string Database => Path.Combine(DataFolder, "llm-orc.db");

    public string SettingsPath => Path.Combine(Work, "llm-orc.json");

    /// <summary>Starts the program in this folder, on this data.</summary>
    public ChildProcess Start(params string[] args) => Keep(ChildProcess.Start(BuiltProgram.LlmOrc, [.. args, "--data", DataFolder], Work));

    /// <summary>Runs the program to its end.</summary>
    public Task<EndedProcess> RunAsync(params string[] args) => Start(args).EndAsync();

    /// <summary>A process that ends with this folder.</summary>
    public ChildProcess Keep(ChildProcess process)
    {
        lock (_lock)
            _processes.Add(process);
        return process;
    }

    /// <summary>Lets all agents speak through an Ollama.</summary>
    /// <param name="maxAttempts">1: an error is an error at once.</param>
    public void UseOllama(Uri address, string model = "llama3", int maxAttempts = 1) => ChangeSettings(settings =>
    {
        settings["models"]!["default"] = new JsonObject { ["provider"] = "ollama", ["model"] = model, ["maxAttempts"] = maxAttempts };
        settings["providers"]!["ollama"] = new JsonObject { ["endpoint"] = address.ToString(), ["concurrency"] = 4 };
    });

    public void ChangeSettings(Action<JsonNode> change)
    {
        var settings = JsonNode.Parse(File.ReadAllText(SettingsPath), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        change(settings);
        File.WriteAllText(SettingsPath, settings.ToJsonString());
    }

    /// <summary>Writes a file of the user's folder.</summary>
    public string Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.Combine(Work, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return full;
    }

    public string Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>What the store knows of a run, read without the program; null where there is no such run.</summary>
    public StoredRun? FindRun(string id) => StoredRun.Find(Database, id);

    public StoredRun Run(string id) => FindRun(id) ?? throw new InvalidOperationException($"There is no run '{id}' in {Database}.");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
