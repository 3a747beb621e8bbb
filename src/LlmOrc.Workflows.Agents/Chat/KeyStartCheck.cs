using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Refuses to start a run that is certain to ask a model without a key: the model that was chosen for all agents, or that of an agent who
/// speaks whichever way the run takes.
/// </summary>
internal sealed class KeyStartCheck(AgentSettingsFile settings, IEnumerable<IModelProvider> providers, ApiKeys keys) : IStartCheck
{
    // The activities that let agents speak, each with the input that names who; null: several may.
    private static readonly Dictionary<string, string?> Speaking = new(StringComparer.Ordinal)
    {
        [AgentTurnActivity.TypeName] = "agent",
        ["LlmOrc.SendAgentMessage"] = "recipient",
        ["LlmOrc.Broadcast"] = null,
    };

    private readonly Dictionary<string, IModelProvider> _providers = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) => new([]);

    public async ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, StartRequest request, CancellationToken cancellationToken)
    {
        if (!graph.Nodes.Any(n => Speaking.ContainsKey(n.Type)))
            return [];
        try
        {
            var configured = await settings.ReadAsync(cancellationToken);
            if (request.Settings.TryGetValue(AgentTurns.ModelSetting, out var chosen))
                return FindProblem(configured.FindModel(chosen)) is { } problem ? [problem] : [];
            return [.. CertainNodes.Of(graph, request.TriggerActivityId).Select(n => FindProblem(n, input, configured)).OfType<string>().Distinct()];
        }
        catch (FailureException)
        {
            // Settings with errors, a model that is none: others tell it, with all there is to say.
            return [];
        }
    }

    private string? FindProblem(ActivityNode node, JsonElement input, AgentSettings configured)
    {
        if (Speaking.GetValueOrDefault(node.Type) is not { } named || KnownAtStart.FindText(node, named, input, out _) is not { } name || !configured.Agents.TryGetValue(name, out var agent))
            return null;
        // A model that an expression names is known when it is evaluated.
        if (KnownAtStart.Find(node, "model", input) is null)
            return null;
        var profile = configured.ModelOf(agent, KnownAtStart.FindText(node, "model", input, out _));
        return FindProblem(profile) is { } problem ? $"The agent '{name}' cannot speak. {problem}" : null;
    }

    // Its fallbacks do not count: a key that is missing is a mistake, and told, not paid for elsewhere.
    private string? FindProblem(ModelProfile profile) =>
        _providers.TryGetValue(profile.Provider, out var provider) && keys.FindProblem(provider, profile) is { } problem
            ? $"The model '{profile.Name}' cannot be called: {problem}."
            : null;
}
