using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>
/// A real server on loopback that speaks Ollama's wire: streamed chat with token counts, the lists of models, errors. What it
/// answers is scripted, one call at a time; what it received is kept, and written to a ledger before the answer begins.
/// </summary>
public sealed class FakeOllama : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CallLedger? _ledger;
    private readonly ConcurrentQueue<OllamaCall> _calls = new();
    private readonly Lock _lock = new();
    private int _received;
    private int _inFlight;

    private FakeOllama(WebApplication app, CallLedger? ledger) => (_app, _ledger) = (app, ledger);

    /// <summary>What to answer; the default echoes a hash of the request, so that the same request gets the same text.</summary>
    public Func<OllamaExchange, Task> Script { get; set; } = exchange => exchange.SayAsync($"Heard you ({exchange.Call.BodyHash[..8]}).");

    /// <summary>The models it has; null: any that is asked for.</summary>
    public IReadOnlyCollection<string>? Models { get; set; }

    public Uri Address => new(_app.Urls.First());

    /// <summary>The chat calls, in the order they came.</summary>
    public IReadOnlyList<OllamaCall> Calls => [.. _calls];

    /// <summary>The most chat calls that were open at one time.</summary>
    public int MostInFlight { get; private set; }

    /// <param name="script">See <see cref="Script"/>.</param>
    /// <param name="port">0: any free one.</param>
    /// <param name="ledgerPath">A file that gets a line for each call, on disk before the answer begins; null: none.</param>
    public static async Task<FakeOllama> StartAsync(Func<OllamaExchange, Task>? script = null, int port = 0, string? ledgerPath = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        var fake = new FakeOllama(app, ledgerPath is null ? null : new CallLedger(ledgerPath));
        if (script is not null)
            fake.Script = script;
        fake.Map(app);
        await app.StartAsync(CancellationToken.None);
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        // Calls that a script still holds would be waited for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _ledger?.Dispose();
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => "Ollama is running");
        routes.MapGet("/api/version", () => Results.Json(new { version = "0.0.0-fake" }));
        routes.MapGet("/api/tags", () => Results.Json(new { models = (Models ?? []).Select(m => new { name = Tagged(m), model = Tagged(m), size = 1L }) }));
        routes.MapPost("/api/show", (JsonElement body) => Shown(body));
        routes.MapPost("/api/chat", ChatAsync);
    }

    private IResult Shown(JsonElement body)
    {
        var model = body.TryGetProperty("model", out var name) ? name.GetString()! : "";
        return Has(model) ? Results.Json(new { details = new { family = "fake" }, capabilities = new[] { "completion" } }) : NotFound(model);
    }

    private async Task ChatAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var call = OllamaCall.Read(body.ToArray(), Interlocked.Increment(ref _received));
        _calls.Enqueue(call);
        _ledger?.Append(call);
        if (!Has(call.Model))
        {
            await NotFound(call.Model).ExecuteAsync(http);
            return;
        }

        Count(+1);
        try
        {
            var exchange = new OllamaExchange(http, call);
            await Script(exchange);
            if (exchange.IsAnswered)
                _ledger?.Close(call);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up.
        }
        finally
        {
            Count(-1);
        }
    }

    private bool Has(string model) => Models is null || Models.Any(m => Tagged(m) == Tagged(model));

    private static string Tagged(string model) => model.Contains(':') ? model : model + ":latest";

    private static IResult NotFound(string model) => Results.Json(new { error = $"model '{model}' not found" }, statusCode: 404);

    private void Count(int change)
    {
        lock (_lock)
        {
            _inFlight += change;
            MostInFlight = Math.Max(MostInFlight, _inFlight);
        }
    }
}

/// <summary>A chat call as it came over the wire.</summary>
public sealed record OllamaCall
{
    /// <summary>1-based, in the order the calls came.</summary>
    public required int Number { get; init; }

    public required string Model { get; init; }

    /// <summary>Role and content of each message, in order.</summary>
    public required IReadOnlyList<(string Role, string Content)> Messages { get; init; }

    /// <summary>The whole request.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>SHA-256 of the body, lower-case hex.</summary>
    public required string BodyHash { get; init; }

    public string System => Messages.FirstOrDefault(m => m.Role == "system").Content ?? "";

    internal static OllamaCall Read(byte[] utf8, int number)
    {
        var body = JsonElement.Parse(utf8);
        return new()
        {
            Number = number,
            Model = body.GetProperty("model").GetString()!,
            Messages = [.. body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, m.GetProperty("content").GetString() ?? ""))],
            Body = body,
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(utf8)),
        };
    }
}
