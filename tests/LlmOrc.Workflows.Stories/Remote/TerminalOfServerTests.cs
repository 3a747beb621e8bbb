using System.Text.Json;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Remote;

/// <summary>The terminal drives a server, which is another process and may be killed.</summary>
public sealed class TerminalOfServerTests : IAsyncLifetime
{
    private const string Id = "there";
    private const string Pty = "/usr/bin/script";

    private readonly StoryFolder _folder = new();
    private FakeOllama _ollama = null!;

    public async ValueTask InitializeAsync()
    {
        _ollama = await FakeOllama.StartAsync(exchange => exchange.SayAsync($"Heard you, as {exchange.Call.System.Split('\n')[0]}"));
        _folder.UseOllama(_ollama.Address);
        _folder.WriteDialogue();
        _folder.Write("workflows/approval.json", Doc.Of(
            Doc.Sequence(
                Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.JavaScript("'Ship ' + getInput('what') + '?'"))),
                Doc.SetOutput("out", "answer", Doc.JavaScript("getOutputFrom('ask', 'Reply')"))),
            inputs: [Doc.Argument("what", "String")],
            outputs: [Doc.Argument("answer", "String")],
            id: "approval").Span);
    }

    public async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await _ollama.DisposeAsync();
    }

    [Fact]
    public async Task A_run_is_started_shown_answered_listed_and_read_at_the_server()
    {
        var server = await ServerProcess.StartAsync(_folder);
        server.Write("what.txt", "version 2");

        var asked = await server.RunAsync("run", "approval", "--input", "what=@what.txt", "--id", Id, "--name", "release");
        Assert.Equal(3, asked.ExitCode);
        Assert.Contains("approval started: there", asked.Error);
        Assert.Contains($"Waits for dan: Ship version 2? Answer with: llm-orc answer {Id} TEXT", asked.Error);
        Assert.Contains("waiting", (await server.RunAsync("list", "--status", "waiting")).Output);

        var answered = await server.RunAsync("answer", "the", "Yes, today.");
        Assert.Equal(0, answered.ExitCode);
        Assert.Contains("Answer: Yes, today.", answered.Output);

        var shown = await server.RunAsync("show", Id);
        Assert.Contains("Ship version 2?", shown.Output);
        Assert.Contains("LlmOrc.AwaitReply", shown.Output);
        Assert.Contains("Yes, today.", (await server.RunAsync("transcript", Id)).Output);
        var listed = JsonElement.Parse((await server.RunAsync("list", "--json")).Output);
        Assert.Equal((Id, "finished", "release"), (listed[0].GetProperty("id").GetString(), listed[0].GetProperty("state").GetString(), listed[0].GetProperty("name").GetString()));
        Assert.False(Directory.Exists(server.TerminalData), "The terminal made a store of its own.");
    }

    [Fact]
    public async Task Turns_are_shown_as_here_and_the_result_in_json_is_the_same()
    {
        var server = await ServerProcess.StartAsync(_folder);

        var there = await server.RunAsync("run", "dialogue", "--json");
        var here = await _folder.RunAsync("run", "dialogue", "--json");

        Assert.Equal(0, there.ExitCode);
        Assert.Equal(Facts(here.Output), Facts(there.Output));
        Assert.Equal(Steps(here.Error), Steps(there.Error));
        Assert.Contains("senior_developer: done (llama3", there.Error);
    }

    [Fact]
    public async Task The_terminal_connects_again_when_a_killed_server_is_back_and_shows_the_end_once()
    {
        var held = new HeldModel();
        _ollama.Script = held.PlayAsync;
        var server = await ServerProcess.StartAsync(_folder);
        var terminal = server.Terminal("run", "dialogue", "--id", Id);
        await held.ReceivedAsync(1);
        await terminal.ErrorLineAsync("senior_developer: started");

        await server.KillAsync();
        await terminal.ErrorLineAsync($"The connection to {server.Url} is lost");
        held.Release();
        await server.StartAgainAsync();

        var ended = await terminal.EndAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("senior_developer: started again, attempt 2", ended.Error);
        foreach (var line in (string[])["dialogue started:", "senior_developer: started" + Environment.NewLine, "senior_developer: done", "security_expert: done", " finished", $"Connected to {server.Url} again."])
            Assert.Equal((line, 1), (line, ended.Error.Split(line).Length - 1));
        Assert.Equal(1, ended.Output.Split("Heard you").Length - 1);
        Assert.Equal(2, _folder.Run(Id).Replies.Count());
    }

    [Fact]
    public async Task A_faulted_run_is_resumed_and_a_waiting_one_is_cancelled()
    {
        var server = await ServerProcess.StartAsync(_folder);
        var answer = _ollama.Script;
        _ollama.Script = exchange => exchange.FailAsync(400, "no");
        var faulted = await server.RunAsync("run", "dialogue", "--id", Id);
        Assert.Equal(1, faulted.ExitCode);
        Assert.Contains($"llm-orc resume {Id}", faulted.Error);
        _ollama.Script = answer;

        var resumed = await server.RunAsync("resume", Id);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("Answer: Heard you", resumed.Output);

        Assert.Equal(3, (await server.RunAsync("run", "approval", "-i", "what=it", "--id", "w")).ExitCode);
        var cancelled = await server.RunAsync("cancel", "w", "--reason", "enough");
        Assert.Equal((0, "w cancelled"), (cancelled.ExitCode, cancelled.Output.Trim()));
        Assert.Equal(7, (await server.RunAsync("cancel", "w")).ExitCode);
        Assert.Equal(7, (await server.RunAsync("answer", "w", "late")).ExitCode);
    }

    [Fact]
    public async Task Control_c_stops_watching_and_the_run_goes_on()
    {
        var held = new HeldModel();
        _ollama.Script = held.PlayAsync;
        var server = await ServerProcess.StartAsync(_folder);
        var terminal = server.Terminal("run", "dialogue", "--id", Id);
        await held.ReceivedAsync(1);
        await terminal.ErrorLineAsync("senior_developer: started");

        await terminal.SignalAsync("INT");
        var stopped = await terminal.EndAsync();
        held.Release();

        Assert.Equal(130, stopped.ExitCode);
        Assert.Contains($"The run goes on at {server.Url}", stopped.Error);
        Assert.Equal(0, (await server.RunAsync("resume", Id)).ExitCode);
        Assert.Equal(2, _ollama.Calls.Count);
    }

    [Fact]
    public async Task A_short_time_is_waited_for_while_the_server_keeps_it()
    {
        _folder.Write("workflows/pause.json", Doc.Of(Doc.Sequence(Doc.Activity("Elsa.Delay", "d", ("timeSpan", Doc.Literal("00:00:02")))), id: "pause").Span);
        var server = await ServerProcess.StartAsync(_folder);

        var ended = await server.RunAsync("run", "pause");

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("d: waits for ", ended.Error);
        Assert.EndsWith("finished", ended.Error.TrimEnd());
    }

    [Fact]
    public async Task At_a_prompt_the_line_that_is_typed_is_the_answer_and_the_tree_is_drawn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Pty), "A terminal without a person takes util-linux.");
        var server = await ServerProcess.StartAsync(_folder);
        var terminal = server.Start(Pty, ["-qec", $"exec '{BuiltProgram.LlmOrc}' run approval -i what=it --id {Id}", "/dev/null"], ("TERM", "xterm-256color"), ("COLUMNS", "120"), ("LINES", "40"));
        await terminal.OutputLineAsync("dan> ");

        await terminal.TypeAsync("Yes, do.\n");

        Assert.Equal(0, (await terminal.EndAsync()).ExitCode);
        Assert.Contains("\x1b[", terminal.Output);
        Assert.Equal("Yes, do.", Assert.Single(_folder.Run(Id).Messages, m => m.Kind == "answer").Content);
    }

    [Fact]
    public async Task Mistakes_are_told_with_the_exit_codes_of_a_store()
    {
        var server = await ServerProcess.StartAsync(_folder);
        var keyFile = server.Write("key", server.Key + "\n");
        var wrongKey = server.Write("wrong", "llmorc_wrong");
        string[] at = ["--server", server.Url, "--api-key-file", keyFile];

        foreach (var (exitCode, says, args) in new (int, string, string[])[]
        {
            (0, "", ["list", .. at]),
            (6, "has no run 'nobody'", ["show", "nobody", .. at]),
            (2, "Did you mean 'dialogue'?", ["run", "dialoge", .. at]),
            (2, "is a file of this machine", ["run", "workflows/dialogue.json", .. at]),
            (2, "--sample reads files", ["run", "pr-review", "--sample", .. at]),
            (2, "odd", ["run", "approval", "--input", "what=it", "--input", "odd=1", .. at]),
            (2, "leave --server away", ["validate", .. at]),
            (2, "leave --server away", ["chat", "dialogue", .. at]),
            (2, "name two places", ["list", "--data", "data", .. at]),
            (2, "must be the address of a server", ["list", "--server", "127.0.0.1"]),
            (2, "The key cannot be read", ["list", "--server", server.Url, "--api-key-file", "missing"]),
            (7, "key", ["list", "--server", server.Url]),
            (7, "key", ["list", "--server", server.Url, "--api-key-file", wrongKey]),
            (5, "The server cannot be reached", ["list", "--server", "http://127.0.0.1:9"]),
        })
        {
            var ended = await server.RunBareAsync(args);
            Assert.True(exitCode == ended.ExitCode && ended.Error.Contains(says, StringComparison.Ordinal), $"{string.Join(' ', args)}: {ended.ExitCode} {ended.Error}");
            Assert.DoesNotContain(server.Key, ended.Output + ended.Error);
        }

        Assert.Contains("unset $LLM_ORC_SERVER", (await server.RunAsync("doctor")).Error);
    }

    // All but ids and times.
    private static string Facts(string output)
    {
        var json = JsonElement.Parse(output);
        return string.Join('\n', json.EnumerateObject().Where(p => p.Name != "id").Select(p => $"{p.Name}: {p.Value.GetRawText()}"));
    }

    private static IEnumerable<string> Steps(string error) =>
        error.Split(Environment.NewLine).Where(l => l.Contains(": ", StringComparison.Ordinal) && !l.Contains(" started: ", StringComparison.Ordinal)).Select(l => l[9..].Split(" (")[0]);
}
