using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Output;

public sealed class LiveOutputTests
{
    private const string Pty = "/usr/bin/script";

    [Fact]
    public async Task On_a_terminal_a_token_is_shown_before_the_model_has_said_the_next_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Pty), "A terminal without a person takes util-linux.");
        await using var folder = new StoryFolder();
        await using var ollama = await FakeOllama.StartAsync();
        folder.UseOllama(ollama.Address);
        folder.WriteDialogue();
        ChildProcess? terminal = null;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ollama.Script = async exchange =>
        {
            await started.Task;
            for (var token = 1; token <= 4; token++)
            {
                var word = $"{exchange.Call.Number}token{token}";
                await exchange.TokenAsync(word + " ");
                await terminal!.OutputLineAsync(word);
            }

            await exchange.DoneAsync();
        };

        var command = $"'{BuiltProgram.LlmOrc}' run dialogue --data '{folder.DataFolder}'";
        terminal = folder.Keep(ChildProcess.Start(Pty, ["-qec", command, "/dev/null"], folder.Work, ("TERM", "xterm-256color"), ("COLUMNS", "120"), ("LINES", "40")));
        started.SetResult();

        Assert.Equal(0, (await terminal.EndAsync()).ExitCode);
        Assert.Equal(2, ollama.Calls.Count);
    }
}
