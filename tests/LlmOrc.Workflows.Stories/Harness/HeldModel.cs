using System.Collections.Concurrent;
using LlmOrc.Workflows.TestKit.Models;
using Xunit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>A script that tells when calls came, and answers none before it is let go.</summary>
internal sealed class HeldModel
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _counts = new();
    private int _received;

    /// <summary>How it answers then.</summary>
    public Func<ProviderExchange, Task> Answer { get; init; } = exchange => exchange.SayAsync($"Heard you, as {exchange.Call.System.Split('\n')[0]}");

    public async Task PlayAsync(ProviderExchange exchange)
    {
        // Part of an answer, so that a kill leaves half a reply.
        await exchange.TokenAsync("Half a ");
        Count(Interlocked.Increment(ref _received)).TrySetResult();
        await _release.Task.WaitAsync(exchange.Aborted);
        await Answer(exchange);
    }

    /// <summary>Waits until so many calls are held or answered.</summary>
    public Task ReceivedAsync(int count) => Count(count).Task.WaitAsync(ChildProcess.Limit, TestContext.Current.CancellationToken);

    public void Release() => _release.TrySetResult();

    private TaskCompletionSource Count(int count) => _counts.GetOrAdd(count, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
