using System.Collections.Concurrent;
using System.Text;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Polly;
using Polly.Retry;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Calls models, whoever serves them: the one place that knows Semantic Kernel. A reply is streamed, bounded in time and size,
/// tried again where that may help, and whole or an error: never half of one.
/// </summary>
public sealed partial class ChatModels(IEnumerable<IModelProvider> providers, TimeProvider time, ILogger<ChatModels> logger)
{
    /// <summary>Most bytes of text in a reply, UTF-8: no review is that long, and a model that never stops must not fill the memory.</summary>
    public const int MaxReplyBytes = 1024 * 1024;

    /// <summary>Longest sum of waits between the attempts of one call; a longer wait belongs to the workflow, not to a call in flight.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);

    private static readonly ResiliencePropertyKey<Retries> CallKey = new("llm-orc-call");

    // Building one costs more than all the rest of a call: one for each number of attempts.
    private readonly ConcurrentDictionary<int, ResiliencePipeline> _pipelines = new();
    private readonly Dictionary<string, IModelProvider> _providers = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);
    private readonly CallGates _gates = new();

    // Said once in the log; as many as the settings ever named profiles.
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);

    /// <summary>Asks a model, and those that stand in for it when it is out, each as often as its profile says.</summary>
    /// <param name="onToken">Gets the text as it arrives. After an attempt that broke off it gets a remark, and the reply from its beginning.</param>
    /// <exception cref="FailureException">No attempt brought a whole reply; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> ended the call.</exception>
    public async Task<ChatReply> RespondAsync(ModelProfile profile, ChatRequest request, Action<string>? onToken, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(request);
        var outages = new List<Outage>();
        foreach (var candidate in profile.Fallbacks.Prepend(profile))
        {
            var provider = ProviderOf(candidate);
            Warn(provider, candidate, request, onToken);
            var attempts = 0;
            try
            {
                var reply = await RetryAsync(
                    candidate, onToken, () => AttemptAsync(provider, candidate, request, ++attempts, onToken, cancellationToken), cancellationToken);
                return reply with { Attempts = attempts + outages.Sum(o => o.Attempts) };
            }
            catch (ProviderException exception)
            {
                outages.Add(new(candidate, exception, Describe(exception, provider, candidate, attempts), attempts));
                // An error of ours (no key, no such model) is to be mended, not to be paid for elsewhere.
                if (!exception.IsOutage || outages.Count > profile.Fallbacks.Count)
                    break;
                var next = profile.Fallbacks[outages.Count - 1].Name;
                LogFallback(candidate.Name, exception.Kind, next);
                onToken?.Invoke($"\n[{candidate.Name}: {exception.Message}; asking {next} instead]\n");
            }
        }

        throw Failed(outages);
    }

    // The failure is that of the model that was asked for; the cause, one that asks for a wait too long for this call: the shortest such.
    private static FailureException Failed(List<Outage> outages)
    {
        var failure = outages[0].Failure;
        foreach (var outage in outages.Skip(1))
            failure = failure.WithAdvice($"Its fallback '{outage.Profile.Name}' failed too: {outage.Failure.Message}");
        var cause = outages.Where(o => o.Error.IsTransient && o.Error.RetryAfter > LongestWait).MinBy(o => o.Error.RetryAfter) ?? outages[0];
        return new(failure, cause.Error);
    }

    private IModelProvider ProviderOf(ModelProfile profile) => _providers.TryGetValue(profile.Provider, out var provider)
        ? provider
        : throw new ArgumentException($"The provider '{profile.Provider}' is not registered.", nameof(profile));

    private void Warn(IModelProvider provider, ModelProfile profile, ChatRequest request, Action<string>? onToken)
    {
        if (provider.Warn(profile, request) is not { } warning)
            return;
        onToken?.Invoke($"[{warning}]\n");
        if (_warned.TryAdd(profile.Name, true))
            LogWarning(profile.Name, warning);
    }

    private async Task<ChatReply> RetryAsync(ModelProfile profile, Action<string>? onToken, Func<Task<ChatReply>> attempt, CancellationToken cancellationToken)
    {
        if (profile.MaxAttempts == 1)
            return await attempt();

        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(CallKey, new(profile, onToken));
            var pipeline = _pipelines.GetOrAdd(profile.MaxAttempts, BuildPipeline);
            return await pipeline.ExecuteAsync(static async (_, attempt) => await attempt(), context, attempt);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline BuildPipeline(int maxAttempts) => new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
    {
        MaxRetryAttempts = maxAttempts - 1,
        ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is ProviderException { IsTransient: true } error && Call(args.Context).MayWait(error)),
        DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
            Call(args.Context).Spend(((ProviderException)args.Outcome.Exception!).RetryAfter ?? BackOff(args.AttemptNumber))),
        OnRetry = args =>
        {
            var (call, error) = (Call(args.Context), (ProviderException)args.Outcome.Exception!);
            LogRetry(call.Profile.Name, args.AttemptNumber + 1, error.Kind, args.RetryDelay);
            call.OnToken?.Invoke($"\n[{call.Profile.Provider}: {error.Message}; asking again in {args.RetryDelay.TotalSeconds:0.#} s]\n");
            return ValueTask.CompletedTask;
        },
    }).Build();

    private static Retries Call(ResilienceContext context) => context.Properties.GetValue(CallKey, null!);

    // Doubled each time, and spread over half of itself, so that calls that failed together do not come back together.
    private static TimeSpan BackOff(int attempt) => FirstBackOff * Math.Pow(2, Math.Min(attempt, 5)) * (0.75 + (Random.Shared.NextDouble() / 2));

    private async Task<ChatReply> AttemptAsync(
        IModelProvider provider, ModelProfile profile, ChatRequest request, int attempt, Action<string>? onToken, CancellationToken cancellationToken)
    {
        using var place = await _gates.EnterAsync(profile, cancellationToken);
        using var clock = new AttemptClock(profile, time, cancellationToken);
        using var telemetry = new ModelTelemetry(profile, attempt, time);
        try
        {
            using var recorder = new ReplyRecorder(provider.Connect(profile, clock.Token), clock);
            var text = await StreamAsync(recorder.AsChatCompletionService(), profile, request.ForProvider(provider, profile), onToken, clock.Token);
            Check(recorder, text);
            var reply = new ChatReply(
                text, recorder.PromptTokens, recorder.CompletionTokens, profile.Cost(recorder.PromptTokens, recorder.CompletionTokens, recorder.CachedPromptTokens),
                profile.Provider, recorder.Model ?? profile.Model, recorder.FinishReason ?? "stop", attempt)
            {
                Profile = profile.Name,
                CachedPromptTokens = recorder.CachedPromptTokens,
            };
            telemetry.Succeed(reply);
            return reply;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            telemetry.Fail("cancelled");
            // Whatever a library throws when its reading is cancelled: the caller asked for it.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception)
        {
            var error = clock.Expired ?? ProviderException.From(exception);
            telemetry.Fail(clock.Expired is null ? exception.GetType().Name : "timeout");
            throw error;
        }
    }

    private static async Task<string> StreamAsync(
        IChatCompletionService service, ModelProfile profile, ChatRequest request, Action<string>? onToken, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        await foreach (var part in service.GetStreamingChatMessageContentsAsync(History(request), Settings(profile, request), kernel: null, cancellationToken))
        {
            foreach (var token in part.Items.OfType<StreamingTextContent>())
            {
                if (string.IsNullOrEmpty(token.Text))
                    continue;
                text.Append(token.Text);
                onToken?.Invoke(token.Text);
            }
        }

        return text.ToString();
    }

    private static void Check(ReplyRecorder recorder, string text)
    {
        if (!recorder.IsComplete)
            throw new ProviderException(ProviderErrorKind.ReplyBroken, $"the reply broke off after {text.Length} characters");
        if (recorder.IsDeclined)
            throw new ProviderException(ProviderErrorKind.ReplyDeclined, $"the reply was stopped after {text.Length} characters (finish reason {recorder.FinishReason ?? "refusal"})");
        if (string.IsNullOrWhiteSpace(text))
            throw new ProviderException(ProviderErrorKind.ReplyEmpty, $"the reply has no text (finish reason {recorder.FinishReason ?? "unknown"}, {recorder.CompletionTokens} tokens)");
    }

    // The history is built message by message; a text with role markup in it stays the text of its message.
    private static ChatHistory History(ChatRequest request)
    {
        var history = new ChatHistory();
        if (request.System.Length > 0)
            history.AddSystemMessage(request.System);
        foreach (var turn in request.Messages)
            history.AddMessage(turn.Speaker == ChatSpeaker.User ? AuthorRole.User : AuthorRole.Assistant, turn.Text);
        return history;
    }

    private static PromptExecutionSettings Settings(ModelProfile profile, ChatRequest request)
    {
        var settings = new PromptExecutionSettings { ModelId = profile.Model, ExtensionData = new Dictionary<string, object>(StringComparer.Ordinal) };
        if ((request.Temperature ?? profile.Temperature) is { } temperature)
            settings.ExtensionData["temperature"] = (float)temperature;
        if ((request.MaxOutputTokens ?? profile.MaxOutputTokens) is { } tokens)
            settings.ExtensionData["max_tokens"] = tokens;
        if (!request.Schema.IsNothing())
            settings.ExtensionData["response_format"] = request.Schema;
        return settings;
    }

    private static Failure Describe(ProviderException error, IModelProvider provider, ModelProfile profile, int attempts)
    {
        var advice = provider.Explain(error, profile) ?? $"{profile.Provider} failed ({profile.Model}): {error.Message}.";
        if (error.RetryAfter > LongestWait)
            advice += $" It asks to wait {error.RetryAfter.Value.TotalSeconds:0} s.";
        if (attempts > 1)
            advice += $" Tried {attempts} times.";
        return new()
        {
            Type = error.Kind switch
            {
                ProviderErrorKind.Unavailable => "ProviderUnavailable",
                ProviderErrorKind.RateLimited => "ProviderRateLimited",
                ProviderErrorKind.TimedOut => "ProviderTimedOut",
                ProviderErrorKind.QuotaExhausted => "ProviderQuotaExhausted",
                ProviderErrorKind.KeyMissing => "ProviderKeyMissing",
                ProviderErrorKind.KeyRefused => "ProviderKeyRefused",
                ProviderErrorKind.ModelMissing => "ModelMissing",
                ProviderErrorKind.Refused => "ProviderRefused",
                ProviderErrorKind.ReplyBroken or ProviderErrorKind.ReplyEmpty or ProviderErrorKind.ReplyTooLarge or ProviderErrorKind.ReplyDeclined => error.Kind.ToString(),
                _ => throw new ArgumentOutOfRangeException(nameof(error), error.Kind, "Not a kind of provider error."),
            },
            Message = advice,
            Detail = error.Message,
        };
    }

    /// <summary>A profile that brought no reply.</summary>
    private sealed record Outage(ModelProfile Profile, ProviderException Error, Failure Failure, int Attempts);

    /// <summary>What the attempts of one call share.</summary>
    private sealed class Retries(ModelProfile profile, Action<string>? onToken)
    {
        private TimeSpan _left = LongestWait;

        public ModelProfile Profile => profile;

        public Action<string>? OnToken => onToken;

        public bool MayWait(ProviderException error) => _left > TimeSpan.Zero && (error.RetryAfter ?? TimeSpan.Zero) <= _left;

        public TimeSpan Spend(TimeSpan wait)
        {
            wait = wait < _left ? wait : _left;
            _left -= wait;
            return wait;
        }
    }
}
