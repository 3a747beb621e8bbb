using System.Text;
using System.Threading.Channels;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Wakes the watchers of this process after a commit, and carries the text of turns in flight to them. Nothing here is kept.</summary>
internal sealed class LiveFeed
{
    // A watcher that does not read loses tokens, never entries: those it reads from the store.
    private const int MaxBuffered = 10_000;

    // Bounds the memory of a process that runs for months; what is forgotten may be tried once more.
    private const int MaxFailures = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<InstanceKey, List<Channel<InstanceEvent?>>> _watchers = [];
    private readonly Dictionary<InstanceKey, Dictionary<long, (int Attempt, StringBuilder Text)>> _inFlight = [];
    private readonly OrderedDictionary<InstanceKey, Exception> _failures = [];

    /// <summary>Begins to watch: what turns in flight have said so far comes first. A null event means: look at the store.</summary>
    public Subscription Subscribe(InstanceKey key)
    {
        var channel = Channel.CreateBounded<InstanceEvent?>(new BoundedChannelOptions(MaxBuffered) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            if (!_watchers.TryGetValue(key, out var list))
                _watchers.Add(key, list = []);
            list.Add(channel);
            foreach (var (execution, (attempt, text)) in _inFlight.GetValueOrDefault(key) ?? [])
                channel.Writer.TryWrite(new InstanceEvent.Token(execution, attempt, 0, text.ToString()));
        }

        return new(this, key, channel);
    }

    /// <summary>Something was committed.</summary>
    public void Pulse(InstanceKey key) => Send(key, null);

    public void Say(InstanceKey key, long execution, int attempt, string text)
    {
        lock (_lock)
        {
            if (!_inFlight.TryGetValue(key, out var executions))
                _inFlight.Add(key, executions = []);
            if (!executions.TryGetValue(execution, out var said) || said.Attempt < attempt)
            {
                executions[execution] = said = (attempt, new());
                if (attempt > 1)
                    Send(key, new InstanceEvent.Restarted(execution, attempt));
            }

            // An earlier attempt that does not heed its end.
            if (said.Attempt > attempt)
                return;

            var offset = said.Text.Length;
            said.Text.Append(text);
            Send(key, new InstanceEvent.Token(execution, attempt, offset, text));
        }
    }

    /// <summary>The turn is over: what it said is in the journal now, or void.</summary>
    public void Hush(InstanceKey key, long execution)
    {
        lock (_lock)
        {
            if (_inFlight.TryGetValue(key, out var executions) && executions.Remove(execution) && executions.Count == 0)
                _inFlight.Remove(key);
        }
    }

    /// <summary>The instance is driven here from now on.</summary>
    public void Begin(InstanceKey key)
    {
        lock (_lock)
            _failures.Remove(key);
    }

    /// <summary>The instance is not driven here any more; those who wait for it are told why, where it was a failure.</summary>
    public void End(InstanceKey key, Exception? failure)
    {
        lock (_lock)
        {
            _inFlight.Remove(key);
            if (failure is not null)
                _failures[key] = failure;
            if (_failures.Count > MaxFailures)
                _failures.RemoveAt(0);
            Send(key, null);
        }
    }

    /// <summary>Why this process let the instance go; null where it did not.</summary>
    public Exception? FailureOf(InstanceKey key)
    {
        lock (_lock)
            return _failures.GetValueOrDefault(key);
    }

    private void Send(InstanceKey key, InstanceEvent? @event)
    {
        lock (_lock)
        {
            foreach (var channel in _watchers.GetValueOrDefault(key) ?? [])
                channel.Writer.TryWrite(@event);
        }
    }

    internal sealed class Subscription(LiveFeed feed, InstanceKey key, Channel<InstanceEvent?> channel) : IDisposable
    {
        public ChannelReader<InstanceEvent?> Events => channel.Reader;

        public void Dispose()
        {
            lock (feed._lock)
            {
                if (feed._watchers.TryGetValue(key, out var list) && list.Remove(channel) && list.Count == 0)
                    feed._watchers.Remove(key);
            }
        }
    }
}
