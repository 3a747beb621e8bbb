using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Inputs;

/// <summary>What a user sees after a mistake: what is wrong, and what would be right.</summary>
public sealed class BadInputTests : IAsyncDisposable
{
    private const int Faulted = 1;
    private const int BadInput = 2;
    private const int NotFound = 6;

    private readonly StoryFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_workflow_that_does_not_exist_is_answered_with_those_that_do()
    {
        var end = await _folder.RunAsync("run", "pr-reviews", "--sample");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("There is no workflow 'pr-reviews'. Did you mean 'pr-review'?", end.Error);
    }

    [Fact]
    public async Task A_run_that_does_not_exist_is_named()
    {
        var end = await _folder.RunAsync("resume", "nobody");
        Assert.Equal(NotFound, end.ExitCode);
        Assert.Contains("There is no run 'nobody' in this store.", end.Error);
    }

    [Fact]
    public async Task A_missing_input_is_named_and_nothing_is_started()
    {
        var end = await _folder.RunAsync("run", "pr-review", "--input", "title=t", "--id", "none");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("diff", end.Error);
        Assert.Contains("--sample", end.Error);
        Assert.Null(_folder.FindRun("none"));
    }

    [Theory]
    [InlineData("diff=", "it is empty")]
    [InlineData("diff=not a diff", "line 1: ")]
    public async Task A_review_of_no_diff_is_refused_and_nothing_is_started(string input, string why)
    {
        var end = await _folder.RunAsync("run", "pr-review", "--input", input, "--id", "none", "--model", "simulated");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains($"The input 'diff': There is no changed file in the diff ({why}", end.Error);
        Assert.DoesNotContain("resume", end.Error);
        Assert.Null(_folder.FindRun("none"));
    }

    [Fact]
    public async Task An_input_that_the_workflow_does_not_have_is_named_and_nothing_is_started()
    {
        var end = await _folder.RunAsync("run", "pr-review", "--input", "dif=x", "--input", "diff=y", "--id", "none");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("'dif'", end.Error);
        Assert.Null(_folder.FindRun("none"));
    }

    [Fact]
    public async Task A_broken_document_is_reported_by_line_and_nothing_is_started()
    {
        var path = _folder.Write("workflows/broken.json", """
            {
              "definitionId": "broken",
              "root": { "id": "a", "type": "Elsa.Sequence", "activities": [
            """);
        var end = await _folder.RunAsync("run", "broken", "--id", "none");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Matches(@"broken\.json:\d+(:\d+)?: error ", end.Error);
        Assert.True(File.Exists(path));
        Assert.Null(_folder.FindRun("none"));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_document_is_reported_at_once()
    {
        _folder.Write("workflows/wrong.json", Doc.Of(Doc.Sequence(Doc.Activity("LlmOrc.AgentTurm", "same"), Doc.Activity("Elsa.WriteLime", "same"))).Span);
        var end = await _folder.RunAsync("validate", "wrong");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("Two activities share the id 'same'", end.Output);
        Assert.Contains("LlmOrc.AgentTurn", end.Output);
        Assert.Contains("Elsa.WriteLine", end.Output);
    }

    [Fact]
    public async Task An_agent_that_does_not_exist_is_named_before_the_first_turn_and_the_run_can_be_mended()
    {
        _folder.WriteDialogue();
        _folder.ChangeSettings(s => s["agents"]!.AsObject().Remove(Dialogue.Second));
        var end = await _folder.RunAsync("run", "dialogue", "--model", "simulated", "--id", "none");
        Assert.Equal(Faulted, end.ExitCode);
        Assert.Contains($"There is no agent '{Dialogue.Second}'", end.Error);
        Assert.Contains(Dialogue.First, end.Error);
        Assert.Contains("llm-orc resume none", end.Error);
    }

    [Fact]
    public async Task A_model_that_does_not_exist_is_answered_with_those_that_do_and_nothing_is_started()
    {
        _folder.WriteDialogue();
        var end = await _folder.RunAsync("run", "dialogue", "--model", "locall", "--id", "none");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("There is no model profile 'locall'", end.Error);
        Assert.Contains("Did you mean 'local'?", end.Error);
        Assert.Null(_folder.FindRun("none"));
    }

    [Fact]
    public async Task A_template_that_does_not_exist_is_named_and_nothing_is_started()
    {
        _folder.WriteDialogue();
        File.Move(Path.Combine(_folder.Work, "templates", "dialogue", "second.scriban"), Path.Combine(_folder.Work, "templates", "dialogue", "secnd.scriban"));
        var end = await _folder.RunAsync("run", "dialogue", "--model", "simulated", "--id", "none");
        Assert.Equal(BadInput, end.ExitCode);
        Assert.Contains("': There is no template 'dialogue/second'", end.Error);
        Assert.Contains("workflows/dialogue.json:1: warning template-missing", end.Error);
        Assert.Null(_folder.FindRun("none"));
    }

    [Fact]
    public async Task An_agent_that_goes_missing_while_a_run_is_parked_is_named_and_the_run_can_be_mended()
    {
        _folder.WriteDialogue();
        _folder.Write("templates/dialogue/second.scriban", "{{ qestion }}");
        Assert.Equal(Faulted, (await _folder.RunAsync("run", "dialogue", "--model", "simulated", "--id", "agent")).ExitCode);
        _folder.WriteDialogue();
        _folder.ChangeSettings(s => s["agents"]!.AsObject().Remove(Dialogue.Second));

        var end = await _folder.RunAsync("resume", "agent");
        Assert.Equal(Faulted, end.ExitCode);
        Assert.Contains($"There is no agent '{Dialogue.Second}'", end.Error);

        File.Copy(TestKit.RepositoryRoot.Combine("llm-orc.json"), _folder.SettingsPath, overwrite: true);
        Assert.Equal(0, (await _folder.RunAsync("resume", "agent")).ExitCode);
        // One of each agent: the first turn was kept throughout.
        Assert.Equal([Dialogue.First, Dialogue.Second], _folder.Run("agent").Replies.Select(r => r.Sender));
    }

    [Fact]
    public async Task A_variable_that_a_template_lacks_is_named_with_its_place_and_the_run_can_be_mended()
    {
        _folder.WriteDialogue();
        _folder.Write("templates/dialogue/second.scriban", "Line one\n{{ qestion }}");
        var end = await _folder.RunAsync("run", "dialogue", "--model", "simulated", "--id", "template");
        Assert.Equal(Faulted, end.ExitCode);
        Assert.Contains("qestion", end.Error);
        Assert.Contains("dialogue/second.scriban", end.Error);

        _folder.WriteDialogue();
        Assert.Equal(0, (await _folder.RunAsync("resume", "template")).ExitCode);
    }

    [Fact]
    public async Task Settings_with_errors_are_reported_by_line()
    {
        _folder.WriteDialogue();
        _folder.Write("llm-orc.json", "{\n  \"models\": { \"default\": { \"provider\": \"simulatd\" } },\n  \"agents\": {}\n}");
        var end = await _folder.RunAsync("run", "dialogue");
        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("line 2: llm-orc.models.default: There is no provider 'simulatd'", end.Error);
    }
}
