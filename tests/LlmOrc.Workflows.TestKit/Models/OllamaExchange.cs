using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>Ollama's wire: a JSON object on each line.</summary>
public sealed class OllamaExchange(HttpContext http, ProviderCall call) : ProviderExchange(http, call)
{
    protected override string ContentType => "application/x-ndjson";

    public override Task ErrorAsync(string message) => LineAsync(ToJson(new { error = message }));

    protected override Task WriteTokenAsync(string text) =>
        LineAsync(ToJson(new { model = Call.Model, created_at = Now(), message = new { role = "assistant", content = text }, done = false }));

    protected override Task WriteEndAsync(string reason) => LineAsync(ToJson(new
    {
        model = Call.Model,
        created_at = Now(),
        message = new { role = "assistant", content = "" },
        done_reason = reason,
        done = true,
        total_duration = 5_000_000L,
        load_duration = 1_000_000L,
        prompt_eval_count = PromptTokens(Call),
        prompt_eval_duration = 1_000_000L,
        eval_count = Tokens,
        eval_duration = 3_000_000L,
    }));

    protected override object ErrorBody(int status, string message) => new { error = message };

    private static string Now() => TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
}
