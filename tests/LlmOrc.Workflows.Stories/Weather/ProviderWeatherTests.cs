using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Weather;

/// <summary>What a user sees when the model's server misbehaves, and that nothing of the work is lost.</summary>
public sealed class ProviderWeatherTests : IAsyncDisposable
{
    private const string Id = "weather";

    private readonly StoryFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_review_that_found_no_server_is_faulted_and_completes_once_there_is_one()
    {
        var port = FreePort();
        _folder.UseOllama(new($"http://127.0.0.1:{port}/"));

        var down = await ReviewAsync();

        Assert.Equal(1, down.ExitCode);
        Assert.Contains("No reviewer answered", down.Error);
        Assert.Contains($"Ollama does not answer at http://127.0.0.1:{port}: start it with `ollama serve`", down.Error);
        Assert.Contains($"llm-orc resume {Id}", down.Error);
        Assert.Equal("faulted", _folder.Run(Id).Status);

        await using var ollama = await FakeOllama.StartAsync(port: port);
        var up = await _folder.RunAsync("resume", Id);
        Assert.Equal((0, 4), (up.ExitCode, ollama.Calls.Count));
    }

    [Fact]
    public async Task A_dialogue_that_lost_its_server_goes_on_at_the_turn_that_failed()
    {
        await using var ollama = await FakeOllama.StartAsync();
        var asked = 0;
        ollama.Script = exchange => Interlocked.Increment(ref asked) == 1 ? exchange.SayAsync("The first answer.") : exchange.FailAsync(500, "out of memory");
        _folder.UseOllama(ollama.Address);
        _folder.WriteDialogue();

        var down = await _folder.RunAsync("run", "dialogue", "--id", Id);

        Assert.Equal(1, down.ExitCode);
        Assert.Contains("out of memory", down.Error);
        Assert.Equal(("faulted", "The first answer."), (_folder.Run(Id).Status, Assert.Single(_folder.Run(Id).Replies).Content));

        ollama.Script = exchange => exchange.SayAsync("The second answer.");
        var up = await _folder.RunAsync("resume", Id, "--json");
        Assert.Equal(0, up.ExitCode);
        Assert.Equal("The second answer.", OutputOf(up).GetProperty("answer").GetString());
        Assert.Equal(["The first answer.", "The second answer."], _folder.Run(Id).Replies.Select(r => r.Content));
        Assert.Equal(3, ollama.Calls.Count);
    }

    [Fact]
    public async Task A_reply_that_breaks_off_is_asked_for_again_and_no_half_of_it_is_kept()
    {
        await using var ollama = await FakeOllama.StartAsync();
        var asked = 0;
        ollama.Script = async exchange =>
        {
            await exchange.TokenAsync("Half a ");
            if (Interlocked.Increment(ref asked) == 1)
                exchange.Break();
            else
                await exchange.SayAsync("reply.");
        };
        _folder.UseOllama(ollama.Address, maxAttempts: 2);

        Assert.Equal(0, (await ReviewAsync()).ExitCode);

        Assert.Equal(5, ollama.Calls.Count);
        Assert.All(_folder.Run(Id).Replies, r => Assert.Equal("Half a reply.", r.Content));
    }

    [Fact]
    public async Task A_reviewer_that_always_breaks_off_is_named_and_the_others_are_kept()
    {
        await using var ollama = await FakeOllama.StartAsync();
        ollama.Script = async exchange =>
        {
            await exchange.TokenAsync("Half a ");
            if (exchange.Call.System.Contains("security expert", StringComparison.Ordinal))
                exchange.Break();
            else
                await exchange.SayAsync("reply.");
        };
        _folder.UseOllama(ollama.Address);

        var end = await ReviewAsync("--json");

        Assert.Equal(0, end.ExitCode);
        var output = OutputOf(end);
        Assert.Equal(2, output.GetProperty("reviews").GetArrayLength());
        var failed = Assert.Single(output.GetProperty("failed_reviewers").EnumerateArray());
        Assert.Equal("security_expert", failed.GetProperty("reviewer").GetString());
        Assert.Contains($"Ollama at {ollama.Address.ToString().TrimEnd('/')} (llama3)", failed.GetProperty("error").GetString());
        Assert.DoesNotContain(_folder.Run(Id).Replies, r => r.Sender == "security_expert");
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_for_an_hour_is_waited_for_without_the_program()
    {
        await using var ollama = await FakeOllama.StartAsync();
        var asked = 0;
        ollama.Script = exchange => Interlocked.Increment(ref asked) == 1 ? exchange.SayAsync("The first answer.") : exchange.FailAsync(429, "quota", retryAfter: "3600");
        _folder.UseOllama(ollama.Address);
        _folder.WriteDialogue();

        var parked = await _folder.RunAsync("run", "dialogue", "--id", Id);

        Assert.Equal((3, 2), (parked.ExitCode, ollama.Calls.Count));
        Assert.Contains("quota", parked.Error);
        Assert.Matches($"Waits until .*Go on then with: llm-orc resume {Id}\n", parked.Error);
        Assert.Equal("suspended", _folder.Run(Id).Status);
        // Before its time nothing is asked.
        Assert.Equal((3, 2), ((await _folder.RunAsync("resume", Id)).ExitCode, ollama.Calls.Count));
    }

    [Fact]
    public async Task A_server_that_answers_500_is_quoted()
    {
        await using var ollama = await FakeOllama.StartAsync(exchange => exchange.FailAsync(500, "llama runner process has terminated"));
        _folder.UseOllama(ollama.Address);

        var end = await ReviewAsync();

        Assert.Equal(1, end.ExitCode);
        Assert.Contains($"Ollama at {ollama.Address.ToString().TrimEnd('/')} fails: ", end.Error);
        Assert.Contains("llama runner process has terminated", end.Error);
    }

    [Fact]
    public async Task A_model_that_the_server_does_not_have_is_named_with_the_command_that_fetches_it()
    {
        await using var ollama = await FakeOllama.StartAsync();
        ollama.Models = ["mistral"];
        _folder.UseOllama(ollama.Address, maxAttempts: 3);

        var end = await ReviewAsync();

        Assert.Equal(1, end.ExitCode);
        Assert.Contains("has no model 'llama3': fetch it with `ollama pull llama3`", end.Error);
        // Not asked again: it would not help.
        Assert.Equal(3, ollama.Calls.Count);
    }

    private Task<EndedProcess> ReviewAsync(params string[] more) => _folder.RunAsync(["run", "pr-review", "--sample", "--id", Id, .. more]);

    private static JsonElement OutputOf(EndedProcess end)
    {
        using var json = JsonDocument.Parse(end.Output);
        return json.RootElement.GetProperty("output").Clone();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
