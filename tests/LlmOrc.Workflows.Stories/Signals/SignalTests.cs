using System.Text.Json;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Signals;

public sealed class SignalTests : IAsyncLifetime
{
    private const string Id = "stopped";

    private readonly StoryFolder _folder = new();
    private FakeOllama _ollama = null!;

    public async ValueTask InitializeAsync()
    {
        _ollama = await FakeOllama.StartAsync();
        _folder.UseOllama(_ollama.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await _ollama.DisposeAsync();
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_parks_the_run_and_says_how_to_go_on(string signal, int exitCode)
    {
        var parked = await StopAsync(signal, "run", "pr-review", "--sample", "--id", Id);

        Assert.Equal(exitCode, parked.ExitCode);
        Assert.Contains($"llm-orc resume {Id}", parked.Error);
        Assert.Equal("", parked.Output);
        Assert.Contains("interrupted", (await _folder.RunAsync("list")).Output);

        _ollama.Script = exchange => exchange.SayAsync("Heard you.");
        var resumed = await _folder.RunAsync("resume", Id);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Equal(3 + 4, _ollama.Calls.Count);
        Assert.Equal(4, _folder.Run(Id).Replies.Count());
    }

    [Fact]
    public async Task With_json_a_parked_run_is_one_object_too()
    {
        var parked = await StopAsync("INT", "run", "pr-review", "--sample", "--id", Id, "--json");

        Assert.Equal(130, parked.ExitCode);
        using var json = JsonDocument.Parse(parked.Output);
        Assert.Equal(Id, json.RootElement.GetProperty("id").GetString());
        Assert.Equal("Running", json.RootElement.GetProperty("status").GetString());
    }

    private async Task<EndedProcess> StopAsync(string signal, params string[] args)
    {
        var held = new HeldModel();
        _ollama.Script = held.PlayAsync;
        var process = _folder.Start(args);
        await held.ReceivedAsync(3);
        await process.SignalAsync(signal);
        return await process.EndAsync();
    }
}
