using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Tests.Conversations;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Prompts;

/// <summary>A template that a document names and that is not there is no reason to pay for the turns before it.</summary>
public sealed class TemplateStartCheckTests
{
    [Fact]
    public async Task Templates_that_are_missing_are_all_named_before_there_is_a_run()
    {
        await using var talk = new Talk("ada");

        var refused = await Assert.ThrowsAsync<InputInvalidException>(() => talk.RunAsync(
            Talk.Start("ada"),
            Turn("a", Doc.Literal("nowhere")),
            Doc.Activity("LlmOrc.RenderPrompt", "b", ("template", Doc.Literal("../up")))));

        Assert.Equal(2, refused.Problems.Count);
        Assert.StartsWith("'a': There is no template 'nowhere' in ", refused.Problems[0]);
        Assert.StartsWith("'b': ", refused.Problems[1]);
    }

    [Fact]
    public async Task A_turn_that_may_fail_and_one_whose_template_is_computed_are_left_to_the_run()
    {
        await using var talk = new Talk("ada");

        var outcome = await talk.RunAsync(Turn("a", Doc.Literal("nowhere"), ("onFailure", Doc.Literal("continue"))), Turn("b", Doc.JavaScript("'now' + 'here'")));

        var incident = Assert.Single(outcome.Incidents);
        Assert.Equal(("b", "TemplateMissing"), (incident.ActivityId, incident.Failure.Type));
    }

    private static JsonObject Turn(string id, JsonNode template, params (string Name, JsonNode? Value)[] inputs) =>
        Doc.Activity("LlmOrc.AgentTurn", id, [("agent", Doc.Literal("ada")), ("template", template), .. inputs]);
}
