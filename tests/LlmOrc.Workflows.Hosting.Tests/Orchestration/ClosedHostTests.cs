using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>A host that is closed while somebody waits for it.</summary>
public sealed class ClosedHostTests : IAsyncDisposable
{
    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task Who_waits_for_a_reply_is_told_that_the_host_was_closed_and_the_next_host_goes_on()
    {
        _door.With("ada", "bob");
        var id = await _door.Conversations.StartConversationAsync(["ada", "bob"], "Beauty", cancellationToken: Stop);
        await _door.Conversations.SendAgentMessageAsync("ada", "bob", "one", id, Stop);
        var lost = await HeldAsync(() => _door.Conversations.SendAgentMessageAsync("ada", "bob", "two", id, Stop));

        await _door.CloseAsync();
        var closed = await Assert.ThrowsAsync<RuntimeClosedException>(() => lost);
        Assert.StartsWith($"The host was closed while the run '{id}' was under way. What was done is kept", closed.Message);
        Assert.Contains($"`llm-orc resume {id}`", closed.Message, StringComparison.Ordinal);

        Reopen("ada", "bob");
        Assert.Equal("re three", await _door.Conversations.SendAgentMessageAsync("ada", "bob", "three", id, Stop));
        Assert.Equal(
            ["ada: one", "bob: re one", "ada: two", "bob: re two", "ada: three", "bob: re three"],
            (await _door.Conversations.GetHistoryAsync(id, Stop)).Select(m => $"{m.Sender}: {m.Content}"));
        // Only the call that was cut off was made again.
        Assert.Equal(["one", "two", "two", "three"], _door.Model.Calls.Select(c => c.Asked));
    }

    [Fact]
    public async Task Who_waits_for_a_run_is_told_too_and_nothing_that_was_answered_is_asked_again()
    {
        var session = _door.Host.Get<Brainstorming>();
        session.RegisterParticipant(Door.NewAgent("ada"));
        session.RegisterParticipant(Door.NewAgent("bob"));
        var isHeld = 0;
        var held = new TaskCompletionSource();
        // Both have had their ideas by then.
        _door.Model.Before = async (call, token) =>
        {
            if (!call.Asked.Contains("BEGIN IDEA", StringComparison.Ordinal))
                return;
            if (Interlocked.Increment(ref isHeld) == 2)
                held.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        var lost = session.RunSessionAsync("Libraries", 1, Stop);
        await held.Task;

        await _door.CloseAsync();
        var closed = await Assert.ThrowsAsync<RuntimeClosedException>(() => lost);

        _door.Model.Before = (_, _) => Task.CompletedTask;
        Reopen("ada", "bob");
        await _door.Host.Runtime.ContinueAsync(closed.InstanceId!, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Finished, (await _door.Host.Runtime.WaitAsync(closed.InstanceId!, cancellationToken: Stop)).SubStatus);
        // Two ideas, two refinements that were cut off, and the same two again.
        Assert.Equal(6, _door.Model.Calls.Count);
    }

    [Fact]
    public async Task Who_comes_too_late_is_told_the_same()
    {
        _door.With("ada", "bob");
        var (conversations, runtime) = (_door.Conversations, _door.Host.Runtime);
        var id = await conversations.StartConversationAsync(["ada", "bob"], "Beauty", cancellationToken: Stop);
        await _door.CloseAsync();
        await _door.CloseAsync();

        await Assert.ThrowsAsync<RuntimeClosedException>(() => conversations.SendAgentMessageAsync("ada", "bob", "one", id, Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => conversations.BroadcastAsync("ada", "one", id, Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => conversations.StartConversationAsync(["ada", "bob"], "Beauty", cancellationToken: Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => conversations.GetHistoryAsync(id, Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => conversations.EndConversationAsync(id, Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => runtime.WaitAsync(id, cancellationToken: Stop));
        await Assert.ThrowsAsync<RuntimeClosedException>(() => runtime.ContinueAsync(id, cancellationToken: Stop));
    }

    private void Reopen(params string[] agents)
    {
        _door.Reopen();
        _door.With(agents);
    }

    /// <summary>What waits for a model that does not answer before the host is closed, and answers then.</summary>
    private async Task<Task> HeldAsync(Func<Task> start)
    {
        var held = new TaskCompletionSource();
        _door.Model.Before = async (_, token) =>
        {
            _door.Model.Before = (_, _) => Task.CompletedTask;
            held.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        var started = start();
        await held.Task;
        return started;
    }
}
