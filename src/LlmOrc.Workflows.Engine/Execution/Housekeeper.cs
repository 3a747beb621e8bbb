using System.Collections.Concurrent;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>What has to be done now and then in a process that drives instances: renew leases, fire timers, read inboxes, recover the abandoned.</summary>
internal sealed class Housekeeper(
    EngineServices engine, ConcurrentDictionary<InstanceKey, ActorHost> hosts, Func<InstanceKey, CancellationToken, Task<bool>> tryActivate) : IAsyncDisposable
{
    // How late a timer or a stimulus from another process may be noticed.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // One page a round: what is overdue in masses is spread out instead of started at once.
    private const int Page = 100;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task? _loop;
    private DateTimeOffset _leasesDueAt;

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
        try
        {
            await RenewLeasesAsync();
            await FireTimersAsync();
            await ReadInboxesAsync();
            if (engine.Options.DrivesAll)
                await RecoverAsync();
        }
        catch (StoreUnavailableException exception)
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
        foreach (var host in hosts.Values)
        {
            var lease = await engine.Queue.TryAcquireLeaseAsync(host.Key, engine.Owner, now, now.AddSeconds(engine.Options.LeaseSeconds), _stopping.Token);
            // The next commit would be refused anyway; stopping now saves the calls at work.
            if (lease is not null && lease.Owner != engine.Owner)
            {
                engine.Logger.LeaseLost(host.Key.InstanceId, lease.Owner.ProcessId, lease.Owner.Host);
                await host.StopAsync();
            }
        }
    }

    private async Task FireTimersAsync()
    {
        if (hosts.IsEmpty && !engine.Options.DrivesAll)
            return;

        foreach (var (key, timer) in await engine.Queue.ReadDueTimersAsync(engine.Time.GetUtcNow(), Page, _stopping.Token))
        {
            if (hosts.ContainsKey(key) || (engine.Options.DrivesAll && await tryActivate(key, _stopping.Token)))
                hosts.GetValueOrDefault(key)?.TryPost(new ActorMessage.TimerDue(timer.ExecutionId, timer.Id));
        }
    }

    private async Task ReadInboxesAsync()
    {
        foreach (var host in hosts.Values)
        {
            foreach (var stimulus in await engine.Queue.ReadInboxAsync(host.Key, Page, _stopping.Token))
            {
                if (Stimuli.Read(stimulus) is { } message)
                    host.TryPost(message);
            }
        }
    }

    private async Task RecoverAsync()
    {
        foreach (var (row, lease) in await engine.Queue.ListExecutingAsync("", Page, _stopping.Token))
        {
            var isAbandoned = lease is null || lease.ExpiresAt <= engine.Time.GetUtcNow() || ProcessOwner.IsDead(lease.Owner);
            if (isAbandoned && !hosts.ContainsKey(row.Key) && await tryActivate(row.Key, _stopping.Token))
                hosts.GetValueOrDefault(row.Key)?.TryPost(new ActorMessage.Wake());
        }
    }
}
