using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Gemini, by the OpenAI-compatible side of its API.</summary>
public sealed class GeminiProvider(ApiKeys keys, TimeProvider time) : IModelProvider, IModelProbe, IDisposable
{
    private readonly SocketsHttpHandler _network = ProviderHttpHandler.OpenNetwork();

    public string Name => "gemini";

    public bool NeedsModel => true;

    public Uri? DefaultEndpoint { get; } = new("https://generativelanguage.googleapis.com/v1beta/openai/");

    /// <summary>Any number: the account's own limit answers with 429 and a time to wait.</summary>
    public int? DefaultConcurrency => null;

    public IReadOnlyList<string> KeyVariables { get; } = ["GEMINI_API_KEY", "GOOGLE_API_KEY"];

    public bool SendsSchema => true;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return ChatCompletions.Connect(Handler(profile, callToken), profile, isOpenAi: false);
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
        return ProviderAdvice.Of(this, "Gemini", error, profile);
    }

    public void Dispose() => _network.Dispose();

    private ProviderHttpHandler Handler(ModelProfile profile, CancellationToken callToken) => new(_network, time, callToken, keys.Find(this, profile), profile.ApiKeyHeader);
}
