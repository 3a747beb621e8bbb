using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Serves models: makes clients, and knows what its errors mean. Registered as a service; the settings name it.</summary>
public interface IModelProvider
{
    /// <summary>The name in the settings, e.g. <c>ollama</c>.</summary>
    string Name { get; }

    /// <summary>Whether a profile must name a model.</summary>
    bool NeedsModel { get; }

    /// <summary>Where it is called unless the settings say otherwise; null: without a network.</summary>
    Uri? DefaultEndpoint { get; }

    /// <summary>How many calls it gets at once from this process unless the settings say otherwise; null: any number.</summary>
    int? DefaultConcurrency { get; }

    /// <summary>
    /// Environment variables that may hold its key, the first that is set counts. The default is none: it is called without a key, and
    /// a profile must not name one.
    /// </summary>
    IReadOnlyList<string> KeyVariables => [];

    /// <summary>Whether a server at another address than the provider's own may be called without a key. The default is false.</summary>
    bool MayLackKey => false;

    /// <summary>Whether it sends the schema of a structured reply by means of its own (<see cref="ChatOptions.ResponseFormat"/>). The default is false: the schema stands in the system message.</summary>
    bool SendsSchema => false;

    /// <summary>
    /// A client for one call, which disposes it. It streams; its last update carries a finish reason or the usage: a stream without
    /// either counts as broken off.
    /// </summary>
    /// <param name="callToken">Ends the call, also where the client's own reading cannot be cancelled.</param>
    IChatClient Connect(ModelProfile profile, CancellationToken callToken);

    /// <summary>What a person should do about an error, as a sentence or two that name the provider; null: nothing special to say.</summary>
    string? Explain(ProviderException error, ModelProfile profile);

    /// <summary>What of a profile or a request this provider will not do, as a sentence; null, the default: it does all of it.</summary>
    string? Warn(ModelProfile profile, ChatRequest request) => null;
}
