using LlmOrc.Workflows.Agents.Chat.Simulated;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Answers offline and at no cost, the same prompt always the same way, from the words of the prompt itself. For trying workflows
/// and for tests; every message says that no model wrote it.
/// </summary>
public sealed class SimulatedProvider(TimeProvider time) : IModelProvider, IModelProbe
{
    public string Name => "simulated";

    public bool NeedsModel => false;

    public Uri? DefaultEndpoint => null;

    public int? DefaultConcurrency => null;

    public bool SendsSchema => true;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new SimulatedChatClient(profile, time);
    }

    public Task<ModelProbe> ProbeAsync(ModelProfile profile, CancellationToken cancellationToken) => Task.FromResult(new ModelProbe([Name], HasModel: true));

    public string? Explain(ProviderException error, ModelProfile profile) => null;
}
