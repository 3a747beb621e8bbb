using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>A fake that speaks the wire of Anthropic's Messages API.</summary>
public sealed class FakeClaude : FakeProvider
{
    /// <inheritdoc cref="FakeOllama.StartAsync"/>
    public static async Task<FakeClaude> StartAsync(Func<ProviderExchange, Task>? script = null, int port = 0, string? ledgerPath = null)
    {
        var fake = new FakeClaude();
        if (script is not null)
            fake.Script = script;
        await fake.ListenAsync(port, ledgerPath);
        return fake;
    }

    /// <summary>Names that stand for models without being listed, e.g. of the latest version of one.</summary>
    public IReadOnlyCollection<string> Aliases { get; set; } = [];

    protected override void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/messages", AnswerAsync);
        routes.MapGet("/v1/models", http => AskedAsync(http, null, () =>
            new { data = (Models ?? []).Select(Listed), has_more = false, first_id = Models?.FirstOrDefault(), last_id = Models?.LastOrDefault() }));
        routes.MapGet("/v1/models/{model}", http => AskedAsync(http, (string)http.Request.RouteValues["model"]!, () => Listed((string)http.Request.RouteValues["model"]!)));
    }

    protected override bool Has(string model) => base.Has(model) || Aliases.Contains(model);

    private static object Listed(string model) => new { type = "model", id = model, display_name = model, created_at = "2026-01-31T00:00:00Z" };

    protected override IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, ProviderCall.TextOf(m.GetProperty("content"))));
        return body.TryGetProperty("system", out var system) ? messages.Prepend(("system", ProviderCall.TextOf(system))) : messages;
    }

    protected override ProviderExchange Exchange(HttpContext http, ProviderCall call) => new ClaudeExchange(http, call);

    protected override string MissingModel(string model) => $"model: {model}";
}
