using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;
using OllamaSharp;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Models of an Ollama server.</summary>
public sealed class OllamaProvider(TimeProvider time) : IModelProvider, IDisposable
{
    // No redirects: what an agent says goes to the configured address and nowhere else. No draining of a reply that is given up:
    // the server should notice at once, and stop computing.
    private readonly SocketsHttpHandler _network = new()
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ResponseDrainTimeout = TimeSpan.Zero,
    };

    public string Name => "ollama";

    public bool NeedsModel => true;

    public Uri? DefaultEndpoint { get; } = new("http://localhost:11434");

    /// <summary>4, as many as Ollama itself serves at once where memory allows; it would queue more, out of sight and out of our time limits.</summary>
    public int? DefaultConcurrency => 4;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new Connection(new ProviderHttpHandler(_network, time, callToken), profile);
    }

    public string? Explain(ProviderException error, ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(profile);
        return error switch
        {
            { Kind: ProviderErrorKind.Unavailable, Status: null } =>
                $"Ollama does not answer at {Address(profile)}: start it with `ollama serve`, or correct the endpoint of '{profile.Name}'.",
            { Kind: ProviderErrorKind.Unavailable } => $"Ollama at {Address(profile)} fails: {error.Message}. Its own log says why.",
            { Kind: ProviderErrorKind.RateLimited } => $"Ollama at {Address(profile)} is busy: {error.Message}. Try again later, or lower the provider's concurrency.",
            { Kind: ProviderErrorKind.TimedOut } =>
                $"Ollama at {Address(profile)} is too slow for '{profile.Name}' ({profile.Model}): {error.Message}. Raise timeoutSeconds or firstTokenTimeoutSeconds, or take a smaller model.",
            { Kind: ProviderErrorKind.ModelMissing } => $"Ollama at {Address(profile)} has no model '{profile.Model}': fetch it with `ollama pull {profile.Model}`.",
            _ => $"Ollama at {Address(profile)} ({profile.Model}): {error.Message}.",
        };
    }

    public void Dispose() => _network.Dispose();

    private static string Address(ModelProfile profile) => profile.Endpoint!.ToString().TrimEnd('/');

    /// <summary>One call's client, its handler, and what Ollama says only in a line that the client skips.</summary>
    private sealed class Connection(ProviderHttpHandler handler, ModelProfile profile) : DelegatingChatClient(MakeClient(handler, profile))
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
                yield return update;
            // An error in the middle of a reply comes as a line {"error": "…"} and is its last.
            if (handler.Reply?.LastLine is { } last && last.StartsWith("{\"error\"", StringComparison.Ordinal))
                throw new ProviderException(ProviderErrorKind.ReplyBroken, $"the reply broke off: {ProviderHttpHandler.ErrorText(last)}");
        }

        private static OllamaApiClient MakeClient(ProviderHttpHandler handler, ModelProfile profile)
        {
            // The sockets belong to the provider and outlive the call. The time limits are ours (AttemptClock); the client's own ends at the headers.
            var http = new HttpClient(handler, disposeHandler: false) { BaseAddress = profile.Endpoint, Timeout = Timeout.InfiniteTimeSpan };
            return new OllamaApiClient(http, profile.Model);
        }
    }
}
