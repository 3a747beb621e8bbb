using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Client.Events;
using LlmOrc.Workflows.Client.Http;

namespace LlmOrc.Workflows.Client;

/// <summary>
/// A server of LlmOrc.Workflows. Every method throws an <see cref="LlmOrcApiException"/> where the server refuses, and an
/// <see cref="HttpRequestException"/> where it cannot be reached. For many threads at once.
/// </summary>
public sealed class LlmOrcClient : IDisposable
{
    private const int PageSize = 200;

    private readonly Transport _transport;
    private readonly HttpClient? _own;

    /// <param name="http">With the server's address as its <see cref="HttpClient.BaseAddress"/>, and the key among its headers; it stays the caller's.</param>
    /// <param name="options">How patient it is.</param>
    public LlmOrcClient(HttpClient http, LlmOrcClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null)
            throw new ArgumentException("The HttpClient needs the server's address: set its BaseAddress.", nameof(http));
        _transport = new(http, options ?? new());
    }

    /// <param name="server">Where it listens, e.g. <c>http://127.0.0.1:5180</c>; a path in it is kept, for servers behind a proxy.</param>
    /// <param name="apiKey">A key of <c>llm-orc keys</c>, sent as <c>Authorization: Bearer</c>; null: none.</param>
    /// <param name="options">How patient it is.</param>
    public LlmOrcClient(Uri server, string? apiKey, LlmOrcClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
            throw new ArgumentException("A server's address begins with http:// or https://.", nameof(server));

        // A key goes where it was told to, and nowhere else.
        _own = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(15) })
        {
            BaseAddress = server.AbsoluteUri.EndsWith('/') ? server : new(server.AbsoluteUri + "/"),
            // A start may be waited for ten minutes; whoever wants less says so by a token.
            Timeout = TimeSpan.FromMinutes(11),
        };
        if (apiKey is not null)
            _own.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        _transport = new(_own, options ?? new());
    }

    /// <summary>What can be started.</summary>
    public async Task<IReadOnlyList<WorkflowDescription>> ListWorkflowsAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync<Page<WorkflowDescription>>("api/workflows", cancellationToken)).Items;

    /// <summary>Starts a workflow by name. Durable when it returns; the run is over, waits, or goes on where the time to wait was not enough.</summary>
    /// <param name="workflow">One of <see cref="ListWorkflowsAsync"/>.</param>
    /// <param name="start">Inputs and the like; null: none.</param>
    public async Task<WorkflowRun> StartAsync(string workflow, RunStart? start = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(workflow);
        start ??= new();
        using var response = await _transport.PostAsync(
            $"api/workflows/{Escape(workflow)}/runs",
            new { start.Input, start.Id, start.Name, start.CorrelationId, start.Model },
            cancellationToken,
            start.IdempotencyKey ?? (start.Id is null ? NewKey() : null),
            PreferenceOf(start.Wait));
        return await Transport.ReadAsync<WorkflowRun>(response, cancellationToken);
    }

    /// <summary>Runs, newest first, page by page as they are read.</summary>
    public IAsyncEnumerable<WorkflowRun> ListRunsAsync(RunFilter? filter = null, CancellationToken cancellationToken = default)
    {
        filter ??= new();
        var query = new StringBuilder().Append(CultureInfo.InvariantCulture, $"api/runs?limit={filter.PageSize}");
        Add(query, "workflow", filter.Workflow);
        Add(query, "status", filter.Status?.ToString());
        Add(query, "subStatus", filter.SubStatus?.ToString());
        Add(query, "correlationId", filter.CorrelationId);
        Add(query, "idPrefix", filter.IdPrefix);
        return _transport.PagesAsync<WorkflowRun>(query.ToString(), "after", filter.After, cancellationToken);
    }

    /// <summary>A run: what it came to, what it waits for, what it used.</summary>
    /// <param name="withTree">Whether its input and every activity come too; that is much for a long run.</param>
    public Task<WorkflowRun> ShowAsync(string runId, bool withTree = true, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<WorkflowRun>($"{PathOf(runId)}{(withTree ? "" : "?tree=false")}", cancellationToken);

    /// <summary>The workflow document that a run is pinned to, byte for byte.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadDocumentAsync(string runId, CancellationToken cancellationToken = default)
    {
        using var response = await _transport.SendAsync(() => new(HttpMethod.Get, $"{PathOf(runId)}/document"), mayRepeat: true, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>What happened in a run so far, page by page as it is read.</summary>
    /// <param name="fromSequence">The first entry is 1.</param>
    public IAsyncEnumerable<RunEntry> ReadJournalAsync(string runId, long fromSequence = 1, CancellationToken cancellationToken = default) =>
        _transport.PagesAsync<RunEntry>($"{PathOf(runId)}/journal?limit={PageSize}", "from", NumberOf(fromSequence), cancellationToken);

    /// <summary>What was said in a run so far, page by page as it is read.</summary>
    /// <param name="conversation">Null: all of its conversations.</param>
    /// <param name="fromSequence">The first message is 1.</param>
    public IAsyncEnumerable<RunMessage> ReadMessagesAsync(string runId, string? conversation = null, long fromSequence = 1, CancellationToken cancellationToken = default)
    {
        var query = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{PathOf(runId)}/messages?limit={PageSize}");
        Add(query, "conversation", conversation);
        return _transport.PagesAsync<RunMessage>(query.ToString(), "from", NumberOf(fromSequence), cancellationToken);
    }

    /// <summary>
    /// A run as it happens: what is committed, each entry once and in order, and what models say in between. It connects anew by itself where
    /// the connection is lost, and tells so (<see cref="RunEvent.Interrupted"/>).
    /// </summary>
    /// <param name="afterSequence">The last entry that is known; 0: all from the beginning.</param>
    /// <param name="until">When it ends. The default is the run's end.</param>
    /// <exception cref="HttpRequestException">The server stayed away for longer than <see cref="LlmOrcClientOptions.ReconnectFor"/>.</exception>
    public IAsyncEnumerable<RunEvent> WatchAsync(string runId, long afterSequence = 0, WatchUntil until = WatchUntil.Over, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterSequence);
        return new RunWatch(_transport, $"{PathOf(runId)}/events", until, stop => ShowAsync(runId, withTree: false, stop)).EventsAsync(afterSequence, cancellationToken);
    }

    /// <summary>Ends a run for good; what it made so far stays. The request is durable when it returns.</summary>
    /// <param name="reason">Why; it is kept.</param>
    public async Task CancelAsync(string runId, string? reason = null, CancellationToken cancellationToken = default)
    {
        using var response = await _transport.PostAsync($"{PathOf(runId)}/cancel", new { reason }, cancellationToken);
    }

    /// <summary>Goes on with what faulted or was interrupted; nothing that was committed is done again.</summary>
    public async Task RetryAsync(string runId, CancellationToken cancellationToken = default)
    {
        using var response = await _transport.PostAsync($"{PathOf(runId)}/retry", null, cancellationToken);
    }

    /// <summary>What all runs wait for, oldest first, page by page as it is read.</summary>
    /// <param name="name">Only those of this name, e.g. <see cref="RunBookmark.Question"/>.</param>
    public IAsyncEnumerable<RunBookmark> ListBookmarksAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        var query = new StringBuilder().Append(CultureInfo.InvariantCulture, $"api/bookmarks?limit={PageSize}");
        Add(query, "name", name);
        return _transport.PagesAsync<RunBookmark>(query.ToString(), "after", null, cancellationToken);
    }

    /// <summary>What one run waits for, and has waited for.</summary>
    public async Task<IReadOnlyList<RunBookmark>> ListBookmarksOfRunAsync(string runId, CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync<Page<RunBookmark>>($"{PathOf(runId)}/bookmarks", cancellationToken)).Items;

    /// <summary>Answers a bookmark; of any number of answers exactly one counts. Durable when it returns.</summary>
    /// <param name="answer">A text, or what the question's schema asks for.</param>
    /// <param name="idempotencyKey">The same answer with the same key counts as one. The default is a new key for each call.</param>
    /// <returns>The id of the run that goes on with it.</returns>
    /// <exception cref="LlmOrcApiException">409: another answer was first; 410: it is too late; 422: it does not fit, and the question is still open.</exception>
    public async Task<string> AnswerAsync(string bookmarkId, JsonElement answer, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(bookmarkId);
        using var response = await _transport.PostAsync($"api/bookmarks/{Escape(bookmarkId)}/answer", new { answer }, cancellationToken, idempotencyKey ?? NewKey());
        return (await Transport.ReadAsync<AnsweredBody>(response, cancellationToken)).Run;
    }

    /// <inheritdoc cref="AnswerAsync(string, JsonElement, string?, CancellationToken)"/>
    public Task<string> AnswerAsync(string bookmarkId, string answer, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(bookmarkId, JsonSerializer.SerializeToElement(answer), idempotencyKey, cancellationToken);

    /// <summary>Closes connections that this client made itself.</summary>
    public void Dispose() => _own?.Dispose();

    private static string PathOf(string runId)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        return $"api/runs/{Escape(runId)}";
    }

    private static string NewKey() => Guid.CreateVersion7().ToString("n");

    private static string NumberOf(long sequence) => sequence.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static void Add(StringBuilder query, string name, string? value)
    {
        if (value is not null)
            query.Append('&').Append(name).Append('=').Append(Escape(value));
    }

    private static string? PreferenceOf(TimeSpan? wait) => wait switch
    {
        null => null,
        { } time when time <= TimeSpan.Zero => "respond-async",
        { } time => string.Create(CultureInfo.InvariantCulture, $"wait={Math.Ceiling(time.TotalSeconds):0}"),
    };

    private sealed record AnsweredBody(string Run);
}
