using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Webhooks;

/// <summary>
/// Delivers what runs have to tell, at least once: signed as of the specification of standard webhooks (<c>webhook-id</c>,
/// <c>webhook-timestamp</c>, <c>webhook-signature</c>), tried again with growing pauses. One receiver that is away holds up no other.
/// </summary>
internal sealed partial class WebhookSender(IReadOnlyList<WebhookSettings> webhooks, IWorkQueue queue, TimeProvider time, ILogger<WebhookSender> logger) : BackgroundService
{
    private const int Page = 1000;
    private const int MaxAtOnce = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    // As long as a weekend with somebody who mends it on Monday.
    private static readonly TimeSpan GivesUpAfter = TimeSpan.FromDays(3);

    private readonly ConcurrentDictionary<string, (int Attempts, DateTimeOffset NextAt)> _failed = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(15) };
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await DeliverAsync(http, stoppingToken);
            }
            catch (Exception exception) when (exception is StoreUnavailableException or StoreCorruptException)
            {
                LogStoreAway(exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task DeliverAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var rows = await queue.ReadOutboxAsync(Page, cancellationToken);
        var due = rows.Where(r => r.Row.Kind == WebhookRule.Kind && (!_failed.TryGetValue(IdOf(r), out var failed) || failed.NextAt <= now));
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken }, async (row, token) => await DeliverAsync(http, row, token));
    }

    private async Task DeliverAsync(HttpClient http, (InstanceKey Instance, OutboxRow Row) one, CancellationToken cancellationToken)
    {
        var (instance, row) = one;
        var id = IdOf(one);
        // Nobody wants it any more.
        if (webhooks.FirstOrDefault(w => w.Url == row.Target) is not { } webhook)
        {
            await queue.CompleteOutboxAsync(instance, row.Id, cancellationToken);
            return;
        }

        if (await SendAsync(http, webhook, id, row.Payload, cancellationToken) is not { } problem)
        {
            _failed.TryRemove(id, out _);
            await queue.CompleteOutboxAsync(instance, row.Id, cancellationToken);
            return;
        }

        var now = time.GetUtcNow();
        if (now - row.CreatedAt > GivesUpAfter)
        {
            LogGivenUp(instance.InstanceId, new Uri(row.Target).Host, problem);
            _failed.TryRemove(id, out _);
            await queue.CompleteOutboxAsync(instance, row.Id, cancellationToken);
            return;
        }

        var attempts = _failed.GetValueOrDefault(id).Attempts + 1;
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(attempts, 20))));
        _failed[id] = (attempts, now + pause);
        LogFailed(instance.InstanceId, new Uri(row.Target).Host, attempts, problem);
    }

    // Null where it was taken.
    private async Task<string?> SendAsync(HttpClient http, WebhookSettings webhook, string id, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", $"v1,{Sign(webhook.ReadSecret() ?? "", id, timestamp, body.Span)}");
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            // Gone: the receiver wants no more of it.
            return response.IsSuccessStatusCode || response.StatusCode == System.Net.HttpStatusCode.Gone ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return exception is TaskCanceledException ? "it did not answer in 15 s" : exception.Message;
        }
    }

    /// <summary>HMAC-SHA-256 of <c>id.timestamp.body</c>, base64.</summary>
    internal static string Sign(string secret, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }

    // The same each time it is sent: whoever gets it twice knows.
    private static string IdOf((InstanceKey Instance, OutboxRow Row) one) =>
        "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{one.Instance}\n{one.Row.Id}")))[..32];

    [LoggerMessage(LogLevel.Warning, "What the run {RunId} has to tell {Host} was not taken, attempt {Attempt}: {Problem}")]
    private partial void LogFailed(string runId, string host, int attempt, string problem);

    [LoggerMessage(LogLevel.Error, "What the run {RunId} has to tell {Host} was not taken for three days, and is dropped: {Problem}")]
    private partial void LogGivenUp(string runId, string host, string problem);

    [LoggerMessage(LogLevel.Warning, "Webhooks wait for the store: {Problem}")]
    private partial void LogStoreAway(string problem);
}
