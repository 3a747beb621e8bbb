using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>The wire of Anthropic's Messages API: named server-sent events, with pings between them.</summary>
public sealed class ClaudeExchange(HttpContext http, ProviderCall call) : ProviderExchange(http, call)
{
    private bool _hasStarted;

    protected override string ContentType => "text/event-stream; charset=utf-8";

    public override async Task ErrorAsync(string message)
    {
        await StartAsync();
        await EventAsync("error", new { type = "error", error = new { type = "overloaded_error", message } });
    }

    protected override async Task WriteTokenAsync(string text)
    {
        await StartAsync();
        await EventAsync("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text } });
    }

    protected override async Task WriteEndAsync(string reason)
    {
        await StartAsync();
        await EventAsync("content_block_stop", new { type = "content_block_stop", index = 0 });
        await EventAsync("message_delta", new
        {
            type = "message_delta",
            delta = new { stop_reason = reason switch { "stop" => "end_turn", "length" => "max_tokens", _ => reason }, stop_sequence = (string?)null },
            usage = new { output_tokens = Tokens },
        });
        await EventAsync("message_stop", new { type = "message_stop" });
    }

    protected override object ErrorBody(int status, string message) => new
    {
        type = "error",
        error = new
        {
            type = status switch
            {
                400 => "invalid_request_error", 401 => "authentication_error", 402 => "billing_error", 403 => "permission_error",
                404 => "not_found_error", 413 => "request_too_large", 429 => "rate_limit_error", 529 => "overloaded_error", _ => "api_error",
            },
            message,
        },
        request_id = "req_1",
    };

    private async Task StartAsync()
    {
        if (_hasStarted)
            return;
        _hasStarted = true;
        await EventAsync("message_start", new
        {
            type = "message_start",
            message = new
            {
                id = $"msg_{Call.Number}",
                type = "message",
                role = "assistant",
                content = Array.Empty<object>(),
                model = Call.Model,
                stop_reason = (string?)null,
                stop_sequence = (string?)null,
                usage = new { input_tokens = PromptTokens(Call) - CachedPromptTokens, cache_creation_input_tokens = 0, cache_read_input_tokens = CachedPromptTokens, output_tokens = 1 },
            },
        });
        await EventAsync("content_block_start", new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } });
        await EventAsync("ping", new { type = "ping" });
    }

    private Task EventAsync(string name, object data) => PieceAsync($"event: {name}\ndata: {ToJson(data)}\n\n");
}
