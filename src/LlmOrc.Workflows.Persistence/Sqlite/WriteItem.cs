using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Something that waits to be written with others in one transaction, and who waits for it.</summary>
/// <param name="bytes">About how much it writes; bounds a transaction.</param>
internal abstract class WriteItem(long bytes)
{
    private const int Waiting = 0, Begun = 1, Cancelled = 2;
    private int _state;

    public long Bytes { get; } = bytes;

    /// <summary>False where its caller has given up; from here on a cancellation comes too late.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    protected bool TryCancel() => Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting;

    /// <summary>Writes; false where what it wrote must not be kept. Once more where its transaction could not go on.</summary>
    public abstract bool Write(Statements statements);

    /// <summary>Only this item failed; its caller is told when the others are.</summary>
    public abstract void FailAlone(Exception error);

    /// <summary>The transaction is durable: its caller gets the answer.</summary>
    public abstract void Acknowledge();

    /// <summary>Certainly nothing was stored.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Nobody knows whether it was stored.</summary>
    public abstract void LoseAnswer(SqliteException error);
}

/// <summary>A <see cref="WriteItem"/> with an answer.</summary>
/// <param name="isKept">Whether what led to this answer is to be stored.</param>
/// <param name="whenLost">The answer where nobody knows whether it was stored; it may throw.</param>
internal sealed class WriteItem<T>(long bytes, Func<Statements, T> write, Func<T, bool> isKept, Func<SqliteException, T> whenLost) : WriteItem(bytes)
{
    // Callers go on in threads of their own, never in the writer's.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _answer;
    private Exception? _error;

    public Task<T> Done => _done.Task;

    public void Cancel(CancellationToken cancellationToken)
    {
        if (TryCancel())
        {
            _done.TrySetCanceled(cancellationToken);
        }
    }

    public override bool Write(Statements statements)
    {
        _error = null;
        _answer = write(statements);
        return isKept(_answer);
    }

    public override void FailAlone(Exception error) => _error = error;

    public override void Acknowledge()
    {
        if (_error is null)
        {
            _done.SetResult(_answer!);
        }
        else
        {
            _done.SetException(_error);
        }
    }

    public override void Fail(Exception error) => _done.SetException(error);

    public override void LoseAnswer(SqliteException error)
    {
        try
        {
            _done.SetResult(whenLost(error));
        }
        catch (Storage.StoreUnavailableException unavailable)
        {
            _done.SetException(unavailable);
        }
    }
}
