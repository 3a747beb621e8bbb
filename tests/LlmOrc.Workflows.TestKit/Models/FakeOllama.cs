using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>A fake that speaks Ollama's wire: streamed chat with token counts, the lists of models, errors.</summary>
public sealed class FakeOllama : FakeProvider
{
    /// <param name="script">See <see cref="FakeProvider.Script"/>.</param>
    /// <param name="port">0: any free one.</param>
    /// <param name="ledgerPath">A file that gets a line for each call, on disk before the answer begins; null: none.</param>
    public static async Task<FakeOllama> StartAsync(Func<ProviderExchange, Task>? script = null, int port = 0, string? ledgerPath = null)
    {
        var fake = new FakeOllama();
        if (script is not null)
            fake.Script = script;
        await fake.ListenAsync(port, ledgerPath);
        return fake;
    }

    protected override void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => "Ollama is running");
        routes.MapGet("/api/version", () => Results.Json(new { version = "0.0.0-fake" }));
        routes.MapGet("/api/tags", () => Results.Json(new { models = (Models ?? []).Select(m => new { name = Tagged(m), model = Tagged(m), size = 1L }) }));
        routes.MapPost("/api/show", (JsonElement body) => Shown(body));
        routes.MapPost("/api/chat", AnswerAsync);
    }

    protected override IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body) =>
        body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, m.GetProperty("content").GetString() ?? ""));

    protected override ProviderExchange Exchange(HttpContext http, ProviderCall call) => new OllamaExchange(http, call);

    protected override bool Has(string model) => Models is null || Models.Any(m => Tagged(m) == Tagged(model));

    private static string Tagged(string model) => model.Contains(':') ? model : model + ":latest";

    private IResult Shown(JsonElement body)
    {
        var model = body.TryGetProperty("model", out var name) ? name.GetString()! : "";
        return Has(model)
            ? Results.Json(new { details = new { family = "fake" }, capabilities = new[] { "completion" } })
            : Results.Json(new { error = MissingModel(model) }, statusCode: 404);
    }
}
