using System.Runtime.CompilerServices;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// The runtime of a process as callers see it: when it is closed, whoever waits for something is told so at once and in so many words, and
/// not by whichever part was disposed of first.
/// </summary>
internal sealed class ClosableRuntime : IWorkflowRuntime, IAsyncDisposable
{
    private readonly InProcessRuntime _runtime;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closed;
    private int _isDisposed;

    public ClosableRuntime(EngineServices engine) => (_runtime, _closed) = (new(engine), _closing.Token);

    public Task<InstanceRow> StartAsync(StartRequest request, CancellationToken cancellationToken) =>
        TellAsync(request.InstanceId, () => _runtime.StartAsync(request, cancellationToken), cancellationToken);

    public Task<ResumeResult> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken) =>
        TellAsync(null, () => _runtime.ResumeAsync(request, cancellationToken), cancellationToken);

    public Task<SayResult> SayAsync(SayRequest request, CancellationToken cancellationToken) =>
        TellAsync(request.InstanceId, () => _runtime.SayAsync(request, cancellationToken), cancellationToken);

    public Task<ContinueResult> ContinueAsync(string instanceId, string tenantId, CancellationToken cancellationToken) =>
        TellAsync(instanceId, () => _runtime.ContinueAsync(instanceId, tenantId, cancellationToken), cancellationToken);

    public Task<CancelResult> CancelAsync(string instanceId, string? reason, string tenantId, CancellationToken cancellationToken) =>
        TellAsync(instanceId, () => _runtime.CancelAsync(instanceId, reason, tenantId, cancellationToken), cancellationToken);

    public async IAsyncEnumerable<InstanceEvent> WatchAsync(
        string instanceId, long fromSequence, bool untilRest, string tenantId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Only who watches and who waits has nothing that ends with the runtime itself.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed);
        await using var events = _runtime.WatchAsync(instanceId, fromSequence, untilRest, tenantId, either.Token).GetAsyncEnumerator(either.Token);
        while (await TellAsync(instanceId, () => events.MoveNextAsync().AsTask(), cancellationToken))
            yield return events.Current;
    }

    public async Task<InstanceRow> WaitAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed);
        return await TellAsync(instanceId, () => _runtime.WaitAsync(instanceId, tenantId, either.Token), cancellationToken);
    }

    public Task<InstanceOutcome> GetOutcomeAsync(string instanceId, string tenantId, CancellationToken cancellationToken) =>
        TellAsync(instanceId, () => _runtime.GetOutcomeAsync(instanceId, tenantId, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        await _closing.CancelAsync();
        await _runtime.DisposeAsync();
        _closing.Dispose();
    }

    private async Task<T> TellAsync<T>(string? instanceId, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (_closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested && IsOfClosing(exception))
        {
            throw new RuntimeClosedException(instanceId, exception);
        }
    }

    // What work meets whose parts are disposed of under it.
    private static bool IsOfClosing(Exception exception) =>
        exception is (OperationCanceledException and not RuntimeClosedException) or ObjectDisposedException or StoreUnavailableException or InstanceReleasedException;
}
