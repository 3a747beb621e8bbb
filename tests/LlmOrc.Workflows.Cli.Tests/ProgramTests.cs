using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>The program as a process: its streams, its exit codes, its signals.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-orc-").FullName;

    private string Data => Path.Combine(_folder, "data");

    [Fact]
    public async Task The_sample_review_runs_offline_and_prints_one_json_object()
    {
        var ended = await EndAsync(RepositoryRoot.Path, "run", "pr-review", "--sample", "--model", "simulated", "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(3, ended.Json.GetProperty("output").GetProperty("reviews").GetArrayLength());
        Assert.Equal(4, ended.Json.GetProperty("usage").GetProperty("calls").GetInt32());
        Assert.DoesNotContain('\x1b', ended.Error);
    }

    [Fact]
    public async Task It_tells_its_version() => Assert.StartsWith("0.", (await EndAsync(_folder, "--version")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_command_it_shows_the_help()
    {
        var ended = await EndAsync(_folder);

        Assert.Contains("llm-orc [command] [options]", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", ExitCode.Interrupted)]
    [InlineData("TERM", ExitCode.Terminated)]
    public async Task A_signal_parks_the_run_and_a_resume_asks_only_what_was_not_answered(string signal, object exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var secondAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isHeld = true;
        await using var ollama = await FakeOllama.StartAsync(async exchange =>
        {
            if (exchange.Call.Number == 2 && isHeld)
            {
                secondAsked.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.Aborted);
            }

            await exchange.SayAsync("An answer.");
        });
        WriteDialogue(ollama.Address);

        using var run = LlmOrcProcess.Start(_folder, Data, "run", "dialogue", "--id", "talk", "--json");
        await Task.WhenAny(secondAsked.Task, run.EndAsync()).WaitAsync(cancellationToken);
        await run.SignalAsync(signal);
        var parked = await run.EndAsync();

        Assert.Equal((ExitCode)exitCode, parked.ExitCode);
        Assert.Equal("Running", parked.Json.GetProperty("status").GetString());
        Assert.Contains("llm-orc resume talk", parked.Error, StringComparison.Ordinal);
        Assert.Contains("\tinterrupted\t", (await EndAsync(_folder, "list")).Output, StringComparison.Ordinal);
        Assert.Contains("Status    interrupted", (await EndAsync(_folder, "show", "talk")).Output, StringComparison.Ordinal);

        isHeld = false;
        // From another folder: the run knows where its agents are.
        var resumed = await EndAsync(Path.GetTempPath(), "resume", "talk", "--json");
        Assert.Equal(ExitCode.Finished, resumed.ExitCode);
        Assert.Equal(3, ollama.Calls.Count);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("list", "--json")]
    [InlineData("run", "pr-review", "--sample", "--model", "simulated", "--id", "full")]
    [InlineData("run", "pr-review", "--sample", "--model", "simulated", "--json", "--id", "full")]
    [InlineData("run", "nothing", "--json")]
    public async Task A_result_that_cannot_be_written_is_told_and_what_was_done_is_kept(params string[] args)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");

        using var process = LlmOrcProcess.StartInShell("exec \"$@\" > /dev/full", RepositoryRoot.Path, Data, args);
        var ended = await process.EndAsync();

        Assert.Equal((8, ""), ((int)ended.ExitCode, ended.Output));
        Assert.Contains("error: Standard output cannot be written: No space left on device", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of llm-orc itself", ended.Error, StringComparison.Ordinal);
        if (args.Contains("full"))
            Assert.Equal("Finished", (await EndAsync(_folder, "show", "full", "--json")).Json.GetProperty("subStatus").GetString());
    }

    [Fact]
    public async Task What_is_said_on_the_way_may_be_lost()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");

        using var process = LlmOrcProcess.StartInShell("exec \"$@\" 2> /dev/full", RepositoryRoot.Path, Data, "run", "pr-review", "--sample", "--model", "simulated", "--json");
        var ended = await process.EndAsync();

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal("Finished", ended.Json.GetProperty("subStatus").GetString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run", "pr-review", "--sample", "--model", "simulated")]
    public async Task A_reader_that_has_seen_enough_is_no_failure(params string[] args)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such pipes.");

        // Gone before the program has begun to write.
        using var process = LlmOrcProcess.StartInShell("{ \"$@\"; echo $? >&2; } | true", RepositoryRoot.Path, Data, args);
        var ended = await process.EndAsync();

        Assert.Equal(("", "0\n"), (ended.Output, ended.Error[^2..]));
        Assert.DoesNotContain("error", ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<Ended> EndAsync(string folder, params string[] args)
    {
        using var process = LlmOrcProcess.Start(folder, Data, args);
        return await process.EndAsync();
    }

    private void WriteDialogue(Uri ollama)
    {
        var agents = new { role = new { prompt = "You answer." } };
        Write("llm-orc.json", JsonSerializer.Serialize(new
        {
            models = new { @default = new { provider = "ollama", model = "llama3", endpoint = ollama } },
            agents = new { ada = agents, bob = agents },
        }));
        Write("workflows/dialogue.json", $$"""
            { "definitionId": "dialogue", "root": { "id": "talk", "type": "Elsa.Sequence", "activities": [ {{Turn("ada")}}, {{Turn("bob")}} ] } }
            """);
    }

    private static string Turn(string agent) => $$"""
        { "id": "{{agent}}", "type": "LlmOrc.AgentTurn",
          "agent": { "typeName": "String", "expression": { "type": "Literal", "value": "{{agent}}" } },
          "prompt": { "typeName": "String", "expression": { "type": "Literal", "value": "Say something." } } }
        """;

    private void Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
