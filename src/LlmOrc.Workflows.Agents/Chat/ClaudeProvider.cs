using Anthropic;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Claude, by Anthropic's Messages API.</summary>
public sealed class ClaudeProvider(ApiKeys keys, TimeProvider time) : IModelProvider, IDisposable
{
    // The API demands a number. Every current model takes this one, and a long review is shorter.
    private const int DefaultMaxOutputTokens = 8_192;

    private readonly SocketsHttpHandler _network = ProviderHttpHandler.OpenNetwork();

    public string Name => "claude";

    public bool NeedsModel => true;

    public Uri? DefaultEndpoint { get; } = new("https://api.anthropic.com");

    /// <summary>Any number: the account's own limit answers with 429 and a time to wait.</summary>
    public int? DefaultConcurrency => null;

    public IReadOnlyList<string> KeyVariables { get; } = ["ANTHROPIC_API_KEY"];

    public bool SendsSchema => true;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var handler = new ProviderHttpHandler(_network, time, callToken, keys.Find(this, profile));
        var client = new AnthropicClient
        {
            HttpClient = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
            BaseUrl = profile.Endpoint!.ToString().TrimEnd('/'),
            // Ours puts the key on. Set all the same: else the library would look for one in the environment.
            ApiKey = "by-handler",
            // Attempts and their time limits are ours; two layers of them would multiply.
            MaxRetries = 0,
            Timeout = profile.Timeout + TimeSpan.FromMinutes(1),
        };
        return new ProviderConnection(client.AsIChatClient(profile.Model, DefaultMaxOutputTokens), handler, needsFinishReason: true);
    }

    public string? Explain(ProviderException error, ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(profile);
        return ProviderAdvice.Of(this, "Claude", error, profile);
    }

    /// <summary>The current API takes no temperature, and the client library leaves it out.</summary>
    public string? Warn(ModelProfile profile, ChatRequest request)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(request);
        return (request.Temperature ?? profile.Temperature) is { } temperature
            ? $"Claude takes no temperature: {temperature:0.##} of '{profile.Name}' is not sent"
            : null;
    }

    public void Dispose() => _network.Dispose();
}
