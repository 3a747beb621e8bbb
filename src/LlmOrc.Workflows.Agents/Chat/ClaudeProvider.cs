using Anthropic;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Claude, by Anthropic's Messages API.</summary>
public sealed class ClaudeProvider(ApiKeys keys, TimeProvider time) : IModelProvider, IModelProbe, IDisposable
{
    // The API demands a number. Every current model takes this one, and a long review is shorter.
    private const int DefaultMaxOutputTokens = 8_192;

    // As many as the API gives at once.
    private const int MostListed = 1_000;

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
        var handler = Handler(profile, callToken);
        return new ProviderConnection(Client(handler, profile).AsIChatClient(profile.Model, DefaultMaxOutputTokens), handler, needsFinishReason: true);
    }

    public async Task<ModelProbe> ProbeAsync(ModelProfile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var handler = Handler(profile, cancellationToken);
        using var client = Client(handler, profile);
        return await ModelList.ProbeAsync(
            handler,
            profile,
            async () => [.. (await client.Models.List(new() { Limit = MostListed }, cancellationToken)).Items.Select(m => m.ID)],
            // The list names versions; this knows the names that stand for the latest of them, too.
            () => client.Models.Retrieve(profile.Model, cancellationToken: cancellationToken),
            cancellationToken);
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

    private ProviderHttpHandler Handler(ModelProfile profile, CancellationToken callToken) => new(_network, time, callToken, keys.Find(this, profile), profile.ApiKeyHeader);

    private static AnthropicClient Client(ProviderHttpHandler handler, ModelProfile profile) => new()
    {
        HttpClient = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
        BaseUrl = profile.Endpoint!.ToString().TrimEnd('/'),
        // Our handler puts the key on. Set all the same: else the library would look for one in the environment.
        ApiKey = "by-handler",
        // Attempts and their time limits are ours; two layers of them would multiply.
        MaxRetries = 0,
        Timeout = profile.Timeout + TimeSpan.FromMinutes(1),
    };
}
