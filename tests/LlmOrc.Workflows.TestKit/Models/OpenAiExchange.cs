using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>The wire of OpenAI's chat completions: unnamed server-sent events, the counts in one of their own, <c>[DONE]</c> at the end.</summary>
/// <param name="isGemini">Errors in Google's shape, inside an array, as its compatible side answers.</param>
public sealed class OpenAiExchange(HttpContext http, ProviderCall call, bool isGemini) : ProviderExchange(http, call)
{
    private bool _hasStarted;

    protected override string ContentType => "text/event-stream; charset=utf-8";

    public override Task ErrorAsync(string message) => DataAsync(isGemini
        ? new { error = new { code = 503, message, status = "UNAVAILABLE" } }
        : new { error = new { message, type = "server_error", code = (string?)null } });

    /// <summary>The model's own refusal, in the field that OpenAI has for it.</summary>
    public async Task RefuseAsync(string words)
    {
        await ChunkAsync(new { role = "assistant", refusal = words }, null);
        await DoneAsync();
    }

    protected override async Task WriteTokenAsync(string text)
    {
        if (!_hasStarted)
            await ChunkAsync(new { role = "assistant", content = "" }, null);
        _hasStarted = true;
        await ChunkAsync(new { content = text }, null);
    }

    protected override async Task WriteEndAsync(string reason)
    {
        await ChunkAsync(new { }, reason == "refusal" ? "content_filter" : reason);
        var asked = Call.Body.TryGetProperty("stream_options", out var options) && options.TryGetProperty("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True;
        if (asked)
        {
            var prompt = PromptTokens(Call);
            await DataAsync(new
            {
                id = $"chatcmpl-{Call.Number}", @object = "chat.completion.chunk", created = 1_700_000_000, model = Call.Model, choices = Array.Empty<object>(),
                usage = new { prompt_tokens = prompt, completion_tokens = Tokens, total_tokens = prompt + Tokens, prompt_tokens_details = new { cached_tokens = CachedPromptTokens } },
            });
        }

        await PieceAsync("data: [DONE]\n\n");
    }

    protected override object ErrorBody(int status, string message) => isGemini
        ? new[]
        {
            new
            {
                error = new
                {
                    code = status,
                    message,
                    status = status switch { 400 => "INVALID_ARGUMENT", 401 => "UNAUTHENTICATED", 403 => "PERMISSION_DENIED", 404 => "NOT_FOUND", 429 => "RESOURCE_EXHAUSTED", 503 => "UNAVAILABLE", _ => "INTERNAL" },
                },
            },
        }
        : new
        {
            error = new
            {
                message,
                type = status switch { 429 => "requests", >= 500 => "server_error", _ => "invalid_request_error" },
                param = (string?)null,
                code = status switch { 401 => "invalid_api_key", 404 => "model_not_found", 429 => "rate_limit_exceeded", _ => (string?)null },
            },
        };

    private Task ChunkAsync(object delta, string? reason) => DataAsync(new
    {
        id = $"chatcmpl-{Call.Number}", @object = "chat.completion.chunk", created = 1_700_000_000, model = Call.Model,
        choices = new[] { new { index = 0, delta, finish_reason = reason } },
    });

    private Task DataAsync(object data) => PieceAsync($"data: {ToJson(data)}\n\n");
}
