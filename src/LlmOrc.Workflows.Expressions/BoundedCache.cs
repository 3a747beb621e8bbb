using System.Collections.Concurrent;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Keeps what was made lately, up to a bound. Two generations: when the young one is half the bound, it becomes the old
/// one and the former old one is forgotten. Reads take no lock, and nothing is tracked per use.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _turnover = new();
    private readonly int _generationSize = Math.Max(1, capacity / 2);
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private int _youngCount;

    /// <summary>Gets the value of a key, or makes it. A failure to make it is not kept.</summary>
    public TValue GetOrAdd<TState>(TKey key, TState state, Func<TKey, TState, TValue> make)
    {
        if (_young.TryGetValue(key, out var value))
        {
            return value;
        }

        if (!_old.TryGetValue(key, out value))
        {
            value = make(key, state);
        }

        Keep(key, value);
        return value;
    }

    private void Keep(TKey key, TValue value)
    {
        if (!_young.TryAdd(key, value) || Interlocked.Increment(ref _youngCount) < _generationSize)
        {
            return;
        }

        lock (_turnover)
        {
            if (_youngCount >= _generationSize)
            {
                _old = _young;
                _young = new();
                _youngCount = 0;
            }
        }
    }
}
