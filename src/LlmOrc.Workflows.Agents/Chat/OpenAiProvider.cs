using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>OpenAI, and by another <c>endpoint</c> any server with its chat completions: vLLM, llama.cpp, LM Studio, gateways.</summary>
public sealed class OpenAiProvider(ApiKeys keys, TimeProvider time) : IModelProvider, IModelProbe, IDisposable
{
    private readonly SocketsHttpHandler _network = ProviderHttpHandler.OpenNetwork();

    public string Name => "openai";

    public bool NeedsModel => true;

    public Uri? DefaultEndpoint { get; } = new("https://api.openai.com/v1");

    /// <summary>Any number: the account's own limit answers with 429 and a time to wait.</summary>
    public int? DefaultConcurrency => null;

    public IReadOnlyList<string> KeyVariables { get; } = ["OPENAI_API_KEY"];

    /// <summary>A server of one's own often asks for no key.</summary>
    public bool MayLackKey => true;

    public bool SendsSchema => true;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        // OpenAI's reasoning models know only the new name of the limit, other servers often only the old one.
        return ChatCompletions.Connect(Handler(profile, callToken), profile, isOpenAi: profile.Endpoint == DefaultEndpoint);
    }

    public async Task<ModelProbe> ProbeAsync(ModelProfile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var handler = Handler(profile, cancellationToken);
        return await ModelList.ProbeAsync(handler, profile, cancellationToken);
    }

    public string? Explain(ProviderException error, ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(profile);
        return ProviderAdvice.Of(this, profile.Endpoint == DefaultEndpoint ? "OpenAI" : "The server", error, profile);
    }

    public void Dispose() => _network.Dispose();

    private ProviderHttpHandler Handler(ModelProfile profile, CancellationToken callToken) => new(_network, time, callToken, keys.Find(this, profile), profile.ApiKeyHeader);
}
