using System.Threading.Channels;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Drives one actor in this process: a mailbox and a pump that ends when the actor rests.</summary>
internal sealed class ActorHost : IDisposable
{
    private readonly EngineServices _engine;
    private readonly Action<ActorHost> _ended;
    // Not bounded, because a leaf's result must never be lost; what comes from outside is bounded by its callers, who wait for an answer.
    private readonly Channel<ActorMessage> _mailbox = Channel.CreateUnbounded<ActorMessage>(new() { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private bool _isClosed;

    public ActorHost(EngineServices engine, InstanceKey key, GraphCache graphs, Action<ActorHost> ended)
    {
        (_engine, _ended, Key) = (engine, ended, key);
        Actor = new(engine, key, graphs, message => TryPost(message));
    }

    public InstanceKey Key { get; }

    public InstanceActor Actor { get; }

    public Task Pump { get; private set; } = Task.CompletedTask;

    public void Start() => Pump = Task.Run(PumpAsync, CancellationToken.None);

    /// <summary>False where the host has ended: the instance must be activated anew.</summary>
    public bool TryPost(ActorMessage message)
    {
        lock (_lock)
            return !_isClosed && _mailbox.Writer.TryWrite(message);
    }

    /// <summary>Stops driving: what is at work is cancelled, nothing that was committed is undone.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Pump;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task PumpAsync()
    {
        try
        {
            var hasMore = false;
            do
            {
                var batch = await ReadAsync(mayWait: !hasMore);
                var status = await Actor.HandleAsync(batch, _stopping.Token);
                if (status.IsLost)
                    break;

                hasMore = status.HasMore;
                if (!hasMore && status.Rests && TryClose())
                    break;
            }
            while (true);

            await EndAsync(failure: null);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await EndAsync(failure: null);
        }
#pragma warning disable CA1031 // The host's boundary: whatever stops an instance is told to those who wait for it, and the process lives on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _engine.Logger.ActorQuarantined(Key.InstanceId, 1, exception);
            await EndAsync(exception);
        }
    }

    private async Task<List<ActorMessage>> ReadAsync(bool mayWait)
    {
        var batch = new List<ActorMessage>();
        if (mayWait && !await _mailbox.Reader.WaitToReadAsync(_stopping.Token))
            return batch;
        while (_mailbox.Reader.TryRead(out var message))
            batch.Add(message);
        return batch;
    }

    private bool TryClose()
    {
        lock (_lock)
            return _isClosed = !_mailbox.Reader.TryPeek(out _);
    }

    private async Task EndAsync(Exception? failure)
    {
        lock (_lock)
            _isClosed = true;
        try
        {
            await Actor.ReleaseAsync();
        }
        catch (StoreUnavailableException exception)
        {
            // The lease expires by itself.
            _engine.Logger.HousekeepingFailed(exception);
        }

        while (_mailbox.Reader.TryRead(out var message))
            Refuse(message, failure);
        _ended(this);
        _engine.Live.End(Key, failure);
    }

    private static void Refuse(ActorMessage message, Exception? failure)
    {
        var because = failure ?? new OperationCanceledException("The run is not driven by this process any more.");
        switch (message)
        {
            case ActorMessage.Resume { Answer: { } answer }:
                answer.TrySetException(because);
                break;
            case ActorMessage.Cancel { Answer: { } answer }:
                answer.TrySetException(because);
                break;
            case ActorMessage.Retry { Answer: { } answer }:
                answer.TrySetException(because);
                break;
            case ActorMessage.StepsLanded { Durable: { } durable }:
                durable.TrySetException(because);
                break;
        }
    }
}
