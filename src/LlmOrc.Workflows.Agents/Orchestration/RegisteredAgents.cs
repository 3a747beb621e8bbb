using System.Collections.Immutable;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// The agents from code of a host. They count before the agents of <c>llm-orc.json</c>, from the next turn on. They are not stored: a
/// process that goes on with another one's conversations registers the same agents.
/// </summary>
public sealed class RegisteredAgents
{
    private ImmutableDictionary<string, AgentDefinition> _all = ImmutableDictionary.Create<string, AgentDefinition>(StringComparer.Ordinal);

    internal ImmutableDictionary<string, AgentDefinition> All => Volatile.Read(ref _all);

    /// <summary>Makes an agent known. The same one again is no error: who makes his agents anew for each request need not look.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    public void Add(Agent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        var known = ImmutableInterlocked.GetOrAdd(ref _all, agent.Name, agent.Definition);
        if (known.Hash != agent.Definition.Hash || known.OwnModel != agent.Definition.OwnModel)
            throw new ArgumentException($"There is another agent '{agent.Name}' already: give this one another name, or take its place with {nameof(Replace)}.", nameof(agent));
    }

    /// <summary>Makes an agent known in the place of whatever had its name; running conversations go on with it.</summary>
    public void Replace(Agent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ImmutableInterlocked.AddOrUpdate(ref _all, agent.Name, agent.Definition, (_, _) => agent.Definition);
    }
}
