using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Documents;

/// <summary>Workflows and prompts are files: new ones run without a build, and an edit does not change what a run began with.</summary>
public sealed class EditedFilesTests : IAsyncLifetime
{
    private const string Id = "edited";

    private readonly StoryFolder _folder = new();
    private FakeOllama _ollama = null!;

    public async ValueTask InitializeAsync()
    {
        _ollama = await FakeOllama.StartAsync(exchange => exchange.SayAsync("Heard you."));
        _folder.UseOllama(_ollama.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await _ollama.DisposeAsync();
    }

    [Fact]
    public async Task A_new_document_and_its_templates_run_without_compiling()
    {
        _folder.WriteDialogue("my-dialogue", "what about tests?");

        Assert.Equal(0, (await _folder.RunAsync("validate", "my-dialogue")).ExitCode);
        var end = await _folder.RunAsync("run", "my-dialogue");

        Assert.Equal(0, end.ExitCode);
        Assert.Equal(["First template: what about tests?", "Second template: what about tests?"], Asked());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_parked_run_goes_on_with_its_document_and_the_templates_and_agents_of_the_day(bool isKilled)
    {
        _folder.WriteDialogue(question: "the question at the start");
        if (isKilled)
            await KillInFirstTurnAsync();
        else
            await FaultInFirstTurnAsync();

        _folder.Write("workflows/dialogue.json", Dialogue.Document("dialogue", "another question"));
        _folder.Write("templates/dialogue/second.scriban", "Edited template: {{ question }}");
        _folder.ChangeSettings(s => s["agents"]![Dialogue.Second]!["role"]!["prompt"] = "You are somebody else now.");
        _ollama.Script = exchange => exchange.SayAsync("Heard you.");
        Assert.Equal(0, (await _folder.RunAsync("resume", Id)).ExitCode);

        Assert.Equal(["First template: the question at the start", "First template: the question at the start", "Edited template: the question at the start"], Asked());
        Assert.StartsWith("You are somebody else now.", _ollama.Calls[^1].System);

        Assert.Equal(0, (await _folder.RunAsync("run", "dialogue")).ExitCode);
        Assert.Equal(["First template: another question", "Edited template: another question"], Asked().Skip(3));
    }

    [Fact]
    public async Task A_run_whose_document_is_deleted_goes_on()
    {
        _folder.WriteDialogue();
        await KillInFirstTurnAsync();
        File.Delete(Path.Combine(_folder.Work, "workflows", "dialogue.json"));

        _ollama.Script = exchange => exchange.SayAsync("Heard you.");
        Assert.Equal(0, (await _folder.RunAsync("resume", Id)).ExitCode);
    }

    private async Task KillInFirstTurnAsync()
    {
        var held = new HeldModel();
        _ollama.Script = held.PlayAsync;
        var process = _folder.Start("run", "dialogue", "--id", Id);
        await held.ReceivedAsync(1);
        await process.KillAsync();
    }

    private async Task FaultInFirstTurnAsync()
    {
        _ollama.Script = exchange => exchange.FailAsync(500, "out of memory");
        var end = await _folder.RunAsync("run", "dialogue", "--id", Id);
        Assert.Equal(1, end.ExitCode);
        Assert.Contains($"llm-orc resume {Id}", end.Error);
    }

    private IEnumerable<string> Asked() => _ollama.Calls.Select(c => c.Messages[^1].Content.Trim());
}
