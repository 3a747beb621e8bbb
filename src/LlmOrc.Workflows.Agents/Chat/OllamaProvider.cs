using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;
using OllamaSharp;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Models of an Ollama server.</summary>
public sealed class OllamaProvider(TimeProvider time) : IModelProvider, IModelProbe, IDisposable
{
    private readonly SocketsHttpHandler _network = ProviderHttpHandler.OpenNetwork();

    public string Name => "ollama";

    public bool NeedsModel => true;

    /// <summary>Where Ollama's own programs look: <c>$OLLAMA_HOST</c>, else <c>http://localhost:11434</c>.</summary>
    public Uri? DefaultEndpoint { get; } = EndpointOf(Environment.GetEnvironmentVariable("OLLAMA_HOST"));

    /// <summary>4, as many as Ollama itself serves at once where memory allows; it would queue more, out of sight and out of our time limits.</summary>
    public int? DefaultConcurrency => 4;

    public bool SendsSchema => true;

    /// <summary>Reads what Ollama takes for an address: a host, a host with a port, or a whole address; of one to listen on everywhere, this machine.</summary>
    internal static Uri EndpointOf(string? host)
    {
        var standard = new Uri("http://localhost:11434");
        if (string.IsNullOrWhiteSpace(host))
            return standard;
        var text = host.Trim();
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"http://{text}{(text.Contains(':', StringComparison.Ordinal) ? "" : ":11434")}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return standard;
        return address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "localhost" }.Uri : address;
    }

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var handler = new ProviderHttpHandler(_network, time, callToken);
        // The sockets belong to the provider and outlive the call. The time limits are ours (AttemptClock); the client's own ends at the headers.
        var http = new HttpClient(handler, disposeHandler: false) { BaseAddress = profile.Endpoint, Timeout = Timeout.InfiniteTimeSpan };
        // Old servers give no reason with their last line.
        return new ProviderConnection(new OllamaApiClient(http, profile.Model), handler, needsFinishReason: false);
    }

    public async Task<ModelProbe> ProbeAsync(ModelProfile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var handler = new ProviderHttpHandler(_network, time, cancellationToken);
        using var http = new HttpClient(handler, disposeHandler: false) { BaseAddress = profile.Endpoint, Timeout = Timeout.InfiniteTimeSpan };
        using var client = new OllamaApiClient(http, profile.Model);
        try
        {
            var models = (await client.ListLocalModelsAsync(cancellationToken)).Select(m => m.Name).Order(StringComparer.Ordinal).ToList();
            return new(models, models.Contains(profile.Model) || models.Contains($"{profile.Model}:latest"));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderException.From(exception);
        }
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
}
