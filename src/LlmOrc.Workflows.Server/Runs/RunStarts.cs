using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>Starts runs for callers; with an idempotency key never twice.</summary>
internal sealed class RunStarts(IWorkflowRuntime runtime, IInstanceQueries queries, ServerSettings server, TimeProvider time)
{
    // As long as the keys that clients make: a UUID has 36 characters.
    private const int MaxKeyLength = 255;
    private const int MaxLooks = 100;
    private const string FingerprintSetting = "idempotency";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>The key of a request; null where it has none.</summary>
    /// <exception cref="BadHttpRequestException">It is empty or too long.</exception>
    public static string? KeyOf(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
            return null;
        var key = values.ToString();
        return key.Length is > 0 and <= MaxKeyLength ? key : throw new BadHttpRequestException($"Idempotency-Key must have 1 to {MaxKeyLength} characters.", StatusCodes.Status400BadRequest);
    }

    /// <summary>Starts a run, or finds the one that the same key started. Durable when it returns.</summary>
    /// <param name="key">Never starts twice; null: each call starts a run.</param>
    /// <param name="scope">What the key is unique within, e.g. the workflow.</param>
    /// <param name="fingerprint">What is asked for: the same key with another fingerprint is refused.</param>
    /// <exception cref="KeyReusedException">The key was used for something else.</exception>
    public async Task<(InstanceRow Row, bool IsNew)> StartAsync(StartRequest request, string? key, string scope, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken)
    {
        if (key is null)
            return (await runtime.StartAsync(request, cancellationToken), true);

        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.TenantId}\n{scope}\n{key}")))[..32];
        var asked = Convert.ToHexStringLower(SHA256.HashData(fingerprint.Span));
        if (await FindAsync(id) is { } known)
            return (known, false);
        try
        {
            var settings = new Dictionary<string, string>(request.Settings) { [FingerprintSetting] = asked };
            return (await runtime.StartAsync(request with { InstanceId = id, Settings = settings }, cancellationToken), true);
        }
        catch (ConcurrencyConflictException) when (!cancellationToken.IsCancellationRequested)
        {
            // The same request came twice at once: the other one starts it, and is about to have it stored.
            for (var look = 0; look < MaxLooks; look++)
            {
                if (await FindAsync(id) is { } other)
                    return (other, false);
                await Task.Delay(BetweenLooks, time, cancellationToken);
            }

            throw;
        }

        async Task<InstanceRow?> FindAsync(string instanceId)
        {
            var instance = new InstanceKey(request.TenantId, instanceId);
            if (await queries.FindAsync(instance, cancellationToken) is not { } row)
                return null;
            var first = await runtime.ReadEntriesAsync(row, from: 1, limit: 1, cancellationToken);
            return first is [InstanceStarted { Settings: { } settings }] && settings.GetValueOrDefault(FingerprintSetting) == asked ? row : throw new KeyReusedException(instanceId);
        }
    }

    /// <summary>Settings that say which model all agents of a run use.</summary>
    /// <param name="model">Null: the server's, where it says one.</param>
    public IReadOnlyDictionary<string, string> SettingsOf(string? model) =>
        (model ?? server.Model) is { } chosen ? new Dictionary<string, string> { [AgentTurns.ModelSetting] = chosen } : new Dictionary<string, string>();

    /// <summary>A name for a request that is the same each time it comes.</summary>
    public static string Digest(params object?[] parts) => Convert.ToHexStringLower(SHA256.HashData(Fingerprint(parts)))[..32];

    public static byte[] Fingerprint(params object?[] parts) => JsonSerializer.SerializeToUtf8Bytes(parts, Values.Json);
}

/// <summary>An idempotency key came with another request than before.</summary>
internal sealed class KeyReusedException(string runId) : Exception("This Idempotency-Key was used with another request before. Use a new key for a new request.")
{
    public string RunId { get; } = runId;
}
