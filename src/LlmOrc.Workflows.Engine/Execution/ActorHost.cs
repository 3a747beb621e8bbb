using System.Threading.Channels;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Drives one actor in this process: a mailbox and a pump that ends when the actor rests.</summary>
internal sealed class ActorHost : IDisposable
{
    private readonly EngineServices _engine;
    private readonly Func<ActorHost, Exception?, Task> _ended;
    // Not bounded, because a leaf's result must never be lost; what comes from outside is bounded by its callers, who wait for an answer.
    private readonly Channel<ActorMessage> _mailbox = Channel.CreateUnbounded<ActorMessage>(new() { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private IReadOnlyList<ActorMessage> _inHand = [];
    private bool _isClosed;
    private volatile bool _wasRenewed;

    public ActorHost(EngineServices engine, InstanceKey key, GraphCache graphs, Func<ActorHost, Exception?, Task> ended)
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

    /// <summary>Whether it takes no messages any more.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _isClosed;
        }
    }

    /// <summary>Gives up before anything was driven, e.g. because the instance could not be created.</summary>
    public Task GiveUpAsync() => EndAsync(failure: null);

    /// <summary>Its lease is about to be renewed beside its commits, and so has to be given up apart from them.</summary>
    /// <returns>False where the host has ended.</returns>
    public bool TryRenew()
    {
        lock (_lock)
            return !_isClosed && (_wasRenewed = true);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task PumpAsync()
    {
        try
        {
            var hasMore = false;
            do
            {
                _inHand = await ReadAsync(mayWait: !hasMore);
                var status = await Actor.HandleAsync(_inHand, _stopping.Token);
                if (status.IsLost)
                    break;

                _inHand = [];
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
            await Actor.ReleaseAsync(_wasRenewed);
        }
#pragma warning disable CA1031 // The lease expires by itself; whatever keeps it from being given up must not keep those who wait from being told.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _engine.Logger.LeaseKept(Key.InstanceId, exception);
        }

        // What was in hand may have been answered already: then this changes nothing.
        foreach (var message in _inHand)
            Refuse(message, failure);
        while (_mailbox.Reader.TryRead(out var message))
            Refuse(message, failure);
        _engine.Live.End(Key, failure);
        await TryEndAsync(failure);
    }

    private async Task TryEndAsync(Exception? failure)
    {
        try
        {
            await _ended(this, failure);
        }
#pragma warning disable CA1031 // What waits in the inbox stays there: whoever activates the instance next finds it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _engine.Logger.HousekeepingFailed(exception);
        }
    }

    private static void Refuse(ActorMessage message, Exception? failure)
    {
        var because = failure ?? new InstanceReleasedException();
        switch (message)
        {
            case ActorMessage.Resume { Answer: { } answer }:
                answer.TrySetException(because);
                break;
            case ActorMessage.Say { Answer: { } answer }:
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

/// <summary>The instance was let go before it could answer: whoever asked asks again, here or where it is driven now.</summary>
internal sealed class InstanceReleasedException() : Exception("The run is not driven by this process any more. Ask again.");
