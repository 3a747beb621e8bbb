using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// One span and two measurements for each request to a model, named by OpenTelemetry's semantic conventions for generative AI. Nothing of what
/// was said is in them.
/// </summary>
internal sealed class ModelTelemetry : IDisposable
{
    private static readonly ActivitySource Source = new("LlmOrc.Workflows");
    private static readonly Meter Meter = new("LlmOrc.Workflows");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of a request to a model");
    private static readonly Histogram<long> Tokens = Meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of a request to a model");

    private readonly Activity? _span;
    private readonly ModelProfile _profile;
    private readonly TimeProvider _time;
    private readonly long _started;
    private string? _error;
    private string? _model;

    public ModelTelemetry(ModelProfile profile, int attempt, TimeProvider time)
    {
        (_profile, _time, _started) = (profile, time, time.GetTimestamp());
        _span = Source.StartActivity($"chat {profile.Model}", ActivityKind.Client);
        _span?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.provider.name", ProviderName).SetTag("gen_ai.request.model", profile.Model)
            .SetTag("llmorc.attempt", attempt);
    }

    // The conventions' names, where they have one.
    private string ProviderName => _profile.Provider switch
    {
        "claude" => "anthropic",
        "gemini" => "gcp.gemini",
        var name => name,
    };

    public void Succeed(ChatReply reply)
    {
        _model = reply.Model;
        _span?.SetTag("gen_ai.response.model", reply.Model).SetTag("gen_ai.response.finish_reasons", new[] { reply.FinishReason })
            .SetTag("gen_ai.usage.input_tokens", reply.PromptTokens).SetTag("gen_ai.usage.output_tokens", reply.CompletionTokens);
        Tokens.Record(reply.PromptTokens, Tags(("gen_ai.token.type", "input")));
        Tokens.Record(reply.CompletionTokens, Tags(("gen_ai.token.type", "output")));
    }

    /// <param name="error">What kind of error it was; its message may quote what was said.</param>
    public void Fail(string error)
    {
        _error = error;
        _span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
    }

    public void Dispose()
    {
        Duration.Record(_time.GetElapsedTime(_started).TotalSeconds, _error is null ? Tags() : Tags(("error.type", _error)));
        _span?.Dispose();
    }

    private TagList Tags(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var tags = new TagList { { "gen_ai.operation.name", "chat" }, { "gen_ai.provider.name", ProviderName }, { "gen_ai.request.model", _profile.Model } };
        if (_model is not null)
            tags.Add("gen_ai.response.model", _model);
        foreach (var (name, value) in more)
            tags.Add(name, value);
        return tags;
    }
}
