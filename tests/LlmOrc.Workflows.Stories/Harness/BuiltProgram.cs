using LlmOrc.Workflows.TestKit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The programs as the build left them, of the same configuration as these tests.</summary>
internal static class BuiltProgram
{
    public static string LlmOrc { get; } = Find("llm-orc", "src", "LlmOrc.Workflows.Cli");

    public static string Server { get; } = Find("llm-orc-server", "src", "LlmOrc.Workflows.Server");

    public static string FakeOllama { get; } = Find("fake-ollama", "tests", "LlmOrc.Workflows.FakeOllama");

    private static string Find(string name, params string[] project)
    {
        // …/bin/Release/net10.0/
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var path = RepositoryRoot.Combine([.. project, "bin", framework.Parent!.Name, framework.Name, OperatingSystem.IsWindows() ? name + ".exe" : name]);
        return File.Exists(path) ? path : throw new FileNotFoundException($"'{path}' is missing: build the stories, which builds it too.");
    }
}
