using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>
/// A real server on loopback that speaks a provider's wire. What it answers is scripted, one call at a time; what it received is kept,
/// and written to a ledger before the answer begins.
/// </summary>
public abstract class FakeProvider : IAsyncDisposable
{
    private readonly ConcurrentQueue<ProviderCall> _calls = new();
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly Lock _lock = new();
    private WebApplication? _app;
    private CallLedger? _ledger;
    private int _received;
    private int _inFlight;

    /// <summary>What to answer; the default echoes a hash of the request, so that the same request gets the same text.</summary>
    public Func<ProviderExchange, Task> Script { get; set; } = exchange => exchange.SayAsync($"Heard you ({exchange.Call.BodyHash[..8]}).");

    /// <summary>The models it has; null: any that is asked for.</summary>
    public IReadOnlyCollection<string>? Models { get; set; }

    /// <summary>The key without which it answers nothing; null: it asks for none.</summary>
    public string? RequiredKey { get; set; }

    /// <summary>The header in which it looks for the key; null: Authorization.</summary>
    public string? KeyHeader { get; set; }

    public Uri Address => new(_app!.Urls.First());

    /// <summary>What a profile has to name as its endpoint.</summary>
    public virtual Uri Endpoint => Address;

    /// <summary>The chat calls, in the order they came.</summary>
    public IReadOnlyList<ProviderCall> Calls => [.. _calls];

    /// <summary>What was asked beside chat calls: path and query of each, e.g. of the list of models.</summary>
    public IReadOnlyList<string> Questions => [.. _questions];

    /// <summary>The most chat calls that were open at one time.</summary>
    public int MostInFlight { get; private set; }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        // Calls that a script still holds would be waited for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        _ledger?.Dispose();
    }

    /// <param name="port">0: any free one.</param>
    /// <param name="ledgerPath">A file that gets a line for each call, on disk before the answer begins; null: none.</param>
    protected async Task ListenAsync(int port, string? ledgerPath)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _ledger = ledgerPath is null ? null : new CallLedger(ledgerPath);
        Map(_app);
        await _app.StartAsync(CancellationToken.None);
    }

    /// <summary>Routes; those of chat calls lead to <see cref="AnswerAsync"/>.</summary>
    protected abstract void Map(IEndpointRouteBuilder routes);

    /// <summary>Role and content of each message in a body, the system message first.</summary>
    protected abstract IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body);

    protected abstract ProviderExchange Exchange(HttpContext http, ProviderCall call);

    protected virtual string MissingModel(string model) => $"model '{model}' not found";

    protected virtual bool Has(string model) => Models is null || Models.Contains(model);

    protected async Task AnswerAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var call = ProviderCall.Read(http.Request, body.ToArray(), Interlocked.Increment(ref _received), MessagesOf);
        _calls.Enqueue(call);
        _ledger?.Append(call);
        var exchange = Exchange(http, call);
        if (!IsKnown(call))
            await exchange.FailAsync(401, "invalid key");
        else if (!Has(call.Model))
            await exchange.FailAsync(404, MissingModel(call.Model));
        else
            await PlayAsync(exchange);
    }

    /// <summary>Answers a question beside chat calls, with the key that those need.</summary>
    /// <param name="model">The model that is asked for; null: all.</param>
    protected async Task AskedAsync(HttpContext http, string? model, Func<object> answer)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(answer);
        var call = ProviderCall.Read(http.Request, """{"model":""}"""u8.ToArray(), 0, _ => []);
        _questions.Enqueue(call.Target);
        if (!IsKnown(call))
            await Exchange(http, call).FailAsync(401, "invalid key");
        else if (model is not null && !Has(model))
            await Exchange(http, call).FailAsync(404, MissingModel(model));
        else
            await http.Response.WriteAsJsonAsync(answer(), http.RequestAborted);
    }

    private bool IsKnown(ProviderCall call) => RequiredKey is null || RequiredKey == (KeyHeader is null ? call.Key : call.Headers.GetValueOrDefault(KeyHeader));

    private async Task PlayAsync(ProviderExchange exchange)
    {
        Count(+1);
        try
        {
            await Script(exchange);
            if (exchange.IsAnswered)
                _ledger?.Close(exchange.Call);
        }
        catch (OperationCanceledException) when (exchange.Aborted.IsCancellationRequested)
        {
            // The caller hung up.
        }
        finally
        {
            Count(-1);
        }
    }

    private void Count(int change)
    {
        lock (_lock)
        {
            _inFlight += change;
            MostInFlight = Math.Max(MostInFlight, _inFlight);
        }
    }
}
