using System.Collections.Concurrent;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>What has to be done now and then in a process that drives instances: renew leases, fire timers, read inboxes, recover the abandoned.</summary>
internal sealed class Housekeeper(
    EngineServices engine, ConcurrentDictionary<InstanceKey, ActorHost> hosts, Func<InstanceKey, CancellationToken, Task<ActorHost?>> activate) : IAsyncDisposable
{
    // How late a timer or a stimulus from another process may be noticed.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // One page a round: what is overdue in masses is spread out instead of started at once.
    private const int Page = 100;

    // Those that are driven elsewhere, or failed here, are read again each time: a page reaches beyond so many of them, or they would hide the others.
    private const int MaxPassedOver = 10_000;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task? _loop;
    private DateTimeOffset _leasesDueAt;
    private int _timersPassedOver;
    private int _runsPassedOver;

    /// <summary>Begins with the first instance; a second call is a no-op.</summary>
    public void Start()
    {
        lock (_lock)
            _loop ??= Task.Run(LoopAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_loop is { } loop)
            await loop;
        _stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Interval, engine.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await RoundAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private async Task RoundAsync()
    {
        await TryAsync(RenewLeasesAsync);
        await TryAsync(FireTimersAsync);
        await TryAsync(ReadInboxesAsync);
        if (engine.Options.DrivesAll)
            await TryAsync(RecoverAsync);
    }

    // Whatever is wrong with one instance, or with the store for a while, the others are minded.
    private async Task TryAsync(Func<Task> duty)
    {
        try
        {
            await duty();
        }
#pragma warning disable CA1031 // The loop's boundary: it must not end before its process does.
        catch (Exception exception) when (!_stopping.IsCancellationRequested || exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            engine.Logger.HousekeepingFailed(exception);
        }
    }

    private async Task RenewLeasesAsync()
    {
        var now = engine.Time.GetUtcNow();
        if (now < _leasesDueAt)
            return;

        _leasesDueAt = now.AddSeconds(engine.Options.LeaseSeconds / 3.0);
        foreach (var host in hosts.Values.Where(h => h.TryRenew()))
            await TryAsync(() => RenewLeaseAsync(host, now));
    }

    private async Task RenewLeaseAsync(ActorHost host, DateTimeOffset now)
    {
        var lease = await engine.Queue.TryAcquireLeaseAsync(host.Key, engine.Owner, now, now.AddSeconds(engine.Options.LeaseSeconds), _stopping.Token);
        // The next commit would be refused anyway; stopping now saves the calls at work.
        if (lease is not null && lease.Owner != engine.Owner)
        {
            engine.Logger.LeaseLost(host.Key.InstanceId, lease.Owner.ProcessId, lease.Owner.Host);
            await host.StopAsync();
        }
        else if (host.HasEnded)
        {
            await engine.Queue.ReleaseLeaseAsync(host.Key, engine.Owner, _stopping.Token);
        }
    }

    private async Task FireTimersAsync()
    {
        var now = engine.Time.GetUtcNow();
        foreach (var host in hosts.Values.Where(h => h.Actor.NextTimerAt <= now))
            host.TryPost(new ActorMessage.Wake());
        // Those of instances that nobody holds are for whoever drives all; the store's oldest may be nobody's business here.
        if (!engine.Options.DrivesAll)
            return;

        var passedOver = 0;
        foreach (var (key, _) in await engine.Queue.ReadDueTimersAsync(now, Page + hosts.Count + _timersPassedOver, _stopping.Token))
        {
            passedOver++;
            await TryAsync(async () => passedOver -= await WakeAsync(key) ? 1 : 0);
        }

        _timersPassedOver = Math.Min(passedOver, MaxPassedOver);
    }

    private async Task ReadInboxesAsync()
    {
        foreach (var host in hosts.Values)
            await TryAsync(() => ReadInboxAsync(host));
    }

    private async Task ReadInboxAsync(ActorHost host)
    {
        foreach (var stimulus in await engine.Queue.ReadInboxAsync(host.Key, Page, _stopping.Token))
        {
            if (Stimuli.Read(stimulus) is { } message)
                host.TryPost(message);
        }
    }

    private async Task RecoverAsync()
    {
        // Those that are driven here are listed too, and must not crowd out the abandoned ones.
        var passedOver = 0;
        foreach (var (row, lease) in await engine.Queue.ListExecutingAsync("", Page + hosts.Count + _runsPassedOver, _stopping.Token))
        {
            passedOver++;
            if (lease is null || lease.ExpiresAt <= engine.Time.GetUtcNow() || ProcessOwner.IsDead(lease.Owner))
                await TryAsync(async () => passedOver -= await WakeAsync(row.Key) ? 1 : 0);
        }

        _runsPassedOver = Math.Min(passedOver, MaxPassedOver);
    }

    // False where it is not for this process. One that failed here for a reason of its own waits for an operator, instead of failing twice a second.
    private async Task<bool> WakeAsync(InstanceKey key)
    {
        if (hosts.ContainsKey(key))
            return true;
        if (engine.Live.FailureOf(key) is not (null or StoreUnavailableException) || await activate(key, _stopping.Token) is not { } host)
            return false;

        host.TryPost(new ActorMessage.Wake());
        return true;
    }
}
