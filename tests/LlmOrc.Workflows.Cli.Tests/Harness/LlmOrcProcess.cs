using System.Diagnostics;
using System.Globalization;
using LlmOrc.Workflows.Cli;
using Xunit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The built program, started as a user's shell starts it.</summary>
internal sealed class LlmOrcProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private LlmOrcProcess(Process process) =>
        (_process, _output, _error) = (process, process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));

    /// <param name="folder">The current folder of the program.</param>
    public static LlmOrcProcess Start(string folder, string data, params string[] args) => Start(folder, data, null, args);

    /// <param name="variable">Something more for its environment.</param>
    public static LlmOrcProcess Start(string folder, string data, (string Name, string Value)? variable, params string[] args)
    {
        // A shell that runs the tests in the background makes its children deaf to Ctrl+C; a user's shell does not. The process id stays.
        var start = new ProcessStartInfo(OperatingSystem.IsLinux() ? "env" : "dotnet") { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (OperatingSystem.IsLinux())
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add("dotnet");
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "llm-orc.dll"));
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        start.Environment["LLM_ORC_DATA"] = data;
        start.Environment.Remove("LLM_ORC_DATABASE");
        if (variable is { } more)
            start.Environment[more.Name] = more.Value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(process);
    }

    /// <summary>As a part of a line of the shell, in which <c>"$@"</c> stands for it.</summary>
    public static LlmOrcProcess StartInShell(string line, string folder, string data, params string[] args)
    {
        var start = new ProcessStartInfo("sh", ["-c", line, "sh", "dotnet", Path.Combine(AppContext.BaseDirectory, "llm-orc.dll"), .. args])
        {
            WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["LLM_ORC_DATA"] = data;
        start.Environment.Remove("LLM_ORC_DATABASE");
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(process);
    }

    /// <summary>Sends a signal by its name, e.g. <c>INT</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async Task<Ended> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new((ExitCode)_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
