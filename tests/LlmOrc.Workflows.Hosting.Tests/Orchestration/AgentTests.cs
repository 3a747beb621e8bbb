using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>An agent by itself, and who may have its name.</summary>
public sealed class AgentTests : IAsyncDisposable
{
    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task It_remembers_what_was_said_and_is_really_sent_it()
    {
        var agent = _door.Host.Add(Door.NewAgent("assistant"));

        await agent.RespondAsync("My name is Ada.", Stop);
        await agent.RespondAsync("Who am I?", Stop);

        Assert.Equal(["user: My name is Ada.", "assistant: re My name is Ada.", "user: Who am I?"], _door.Model.Calls[1].Messages.Skip(1).Select(m => $"{m.Role}: {m.Content}"));
    }

    [Fact]
    public async Task Its_conversation_is_its_own_and_goes_on_after_a_restart()
    {
        var agent = _door.Host.Add(Door.NewAgent("assistant"));
        var other = _door.Host.Add(Door.NewAgent("other"));
        await Task.WhenAll(agent.RespondAsync("One.", Stop), other.RespondAsync("Something else.", Stop));
        var id = agent.ConversationId!;
        await _door.CloseAsync();

        _door.Reopen();
        var again = _door.Host.Add(Door.NewAgent("assistant"));
        again.Remember(id);
        await again.RespondAsync("Two.", Stop);

        Assert.Equal(["user: One.", "assistant: re One.", "user: Two."], _door.Model.Calls[2].Messages.Skip(1).Select(m => $"{m.Role}: {m.Content}"));
        Assert.Throws<InvalidOperationException>(() => again.Remember("another"));
    }

    [Fact]
    public async Task One_that_is_registered_nowhere_says_where_to()
    {
        var lost = await Assert.ThrowsAsync<InvalidOperationException>(() => Door.NewAgent("lost").RespondAsync("Hello?", Stop));

        Assert.StartsWith("The agent 'lost' is not registered anywhere: register it with ConversationOrchestrator.RegisterAgent", lost.Message);
    }

    [Fact]
    public async Task The_same_agent_again_is_no_error_another_one_of_its_name_is_and_a_replacement_counts_from_the_next_turn_on()
    {
        var agent = _door.Host.Add(Door.NewAgent("ada"));
        _door.Host.Add(Door.NewAgent("ada"));
        var other = new Agent("ada", new RoleDefinition("ada", "You are another Ada."));
        Assert.StartsWith("There is another agent 'ada' already", Assert.Throws<ArgumentException>(() => _door.Host.Add(other)).Message);
        var model = new Agent("ada", agent.Role, new SimulatedModel());
        Assert.Throws<ArgumentException>(() => _door.Host.Add(model));

        await agent.RespondAsync("One", Stop);
        _door.Host.Get<RegisteredAgents>().Replace(other);
        await agent.RespondAsync("Two", Stop);

        Assert.Equal(["You are ada.", "You are another Ada."], _door.Model.Calls.Select(c => c.System.Split('\n')[0]));
    }

    [Fact]
    public async Task An_agent_belongs_to_one_host()
    {
        await using var other = LlmOrcHost.Open();
        var agent = _door.Host.Add(Door.NewAgent("ada"));

        Assert.Throws<InvalidOperationException>(() => other.Add(agent));
    }

    [Fact]
    public void A_role_needs_a_prompt_and_its_context_has_names()
    {
        Assert.Throws<ArgumentException>(() => new RoleDefinition("x", " "));
        Assert.StartsWith("The context of the role 'x' must be", Assert.Throws<ArgumentException>(() => new RoleDefinition("x", "You are x.", new[] { "poetry" })).Message);
        var role = new RoleDefinition("x", "You are x.", new Dictionary<string, object> { ["experience_level"] = "senior", ["certifications"] = new[] { "CISSP", "CEH" } });
        Assert.Equal("You are x.\n\nExperience level: senior\nCertifications:\n- CISSP\n- CEH", role.ToSystemMessage());
    }

    [Fact]
    public void A_reviewer_by_the_factory_is_named_after_its_specialty()
    {
        var agent = Agent.CreateReviewer("code_quality");

        Assert.Equal(("code_quality_reviewer", "ollama/llama3"), (agent.Name, agent.Model.Reference));
        Assert.Equal("You are a code quality specialist providing expert review feedback.\n\nSpecialties:\n- code_quality", agent.Role.ToSystemMessage());
    }
}
