using System.Threading.Channels;
using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>
/// The one writer of a process: a thread with a connection of its own. All that waits when it turns to its queue shares one transaction, so
/// that one flush of the disk serves them all. Each has a savepoint: a conflict or a rejection undoes nothing but itself. Answers are given
/// when the transaction is durable, never before.
/// </summary>
internal sealed class SqliteCommitWriter : IDisposable
{
    // A transaction of this many commits has spread the cost of its flush; more would only keep the first one waiting.
    private const int MaxBatchItems = 64;

    // Bounds the log and the memory of one transaction; a larger item goes alone with what came before it.
    private const long MaxBatchBytes = 8 * 1024 * 1024;

    // Callers beyond this wait before they enter; the engine has one commit per instance under way.
    private const int QueueCapacity = 1024;

    private readonly Channel<WriteItem> _queue =
        Channel.CreateBounded<WriteItem>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true });

    private readonly SqliteConnections _connections;
    private readonly Action<Statements> _commit;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private Statements? _statements;

    /// <param name="connection">Opened by <see cref="SqliteConnections.OpenWriter"/>; the writer's from now on.</param>
    /// <param name="commit">Ends a transaction; a test may lose its answer.</param>
    public SqliteCommitWriter(SqliteConnections connections, SqliteConnection connection, Action<Statements>? commit = null)
    {
        _connections = connections;
        _connection = connection;
        _statements = new Statements(connection);
        _commit = commit ?? (statements => statements.Execute("COMMIT"));
        // A thread, because SQLite blocks: on the flush of each commit, and for seconds while another process writes.
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    /// <summary>Transactions that were committed; with the number of commits it tells how many shared one.</summary>
    public long TransactionCount { get; private set; }

    /// <summary>Stores a commit; see <see cref="IInstanceStore"/>.</summary>
    public Task<CommitResult> CommitAsync(InstanceCommit commit, Func<Statements, InstanceCommit, CommitResult> write, CancellationToken cancellationToken) =>
        WriteAsync(new WriteItem<CommitResult>(
            BytesOf(commit),
            statements => write(statements, commit),
            result => result is CommitResult.Committed,
            error => new CommitResult.Unknown(error)), cancellationToken);

    /// <summary>Stores anything that can be repeated: where the answer is lost, the caller is told so.</summary>
    public Task<T> WriteAsync<T>(long bytes, Func<Statements, T> write, CancellationToken cancellationToken) =>
        WriteAsync(new WriteItem<T>(bytes, write, _ => true, error => throw _connections.Errors.Uncertain(error)), cancellationToken);

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _thread.Join();
    }

    private async Task<T> WriteAsync<T>(WriteItem<T> item, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException closed)
        {
            throw new ObjectDisposedException("The store is closed.", closed);
        }

        await using var registration = cancellationToken.UnsafeRegister((state, token) => ((WriteItem<T>)state!).Cancel(token), item);
        return await item.Done;
    }

    private void Run()
    {
        var batch = new List<WriteItem>(MaxBatchItems);
        while (WaitForItems())
        {
            TakeBatch(batch);
            WriteBatch(batch);
            batch.Clear();
        }

        CloseConnection();
    }

    /// <summary>False when the queue is closed and empty.</summary>
    private bool WaitForItems()
    {
        var items = _queue.Reader.WaitToReadAsync();
        // Blocking is what this thread is for.
        return items.IsCompleted ? items.Result : items.AsTask().GetAwaiter().GetResult();
    }

    private void TakeBatch(List<WriteItem> batch)
    {
        for (var bytes = 0L; batch.Count < MaxBatchItems && bytes < MaxBatchBytes && _queue.Reader.TryRead(out var item);)
        {
            if (item.TryBegin())
            {
                batch.Add(item);
                bytes += item.Bytes;
            }
        }
    }

    /// <summary>Every item gets exactly one answer, whatever happens.</summary>
    private void WriteBatch(List<WriteItem> batch)
    {
        // Each round ends it or takes one item out.
        while (batch.Count > 0)
        {
            WriteItem? current = null;
            try
            {
                var statements = _statements ??= OpenStatements();
                statements.BeginImmediate();
                foreach (var item in batch)
                {
                    current = item;
                    WriteItem(statements, item);
                }
            }
            catch (SqliteException error) when (SqliteErrors.IsCorruption(error) && current is not null)
            {
                // Damage under one instance must not stop the others. SQLite refuses the rest of a transaction that has met it: the others begin again.
                Recover();
                current.Fail(_connections.Errors.Corrupt(error));
                batch.Remove(current);
                continue;
            }
            catch (SqliteException error)
            {
                Recover();
                FailAll(batch, error);
                return;
            }

            Commit(batch);
            return;
        }
    }

    private static void WriteItem(Statements statements, WriteItem item)
    {
        statements.Execute("SAVEPOINT item");
        var keep = false;
        try
        {
            keep = item.Write(statements);
        }
#pragma warning disable CA1031 // A host: whatever is wrong with one item is told to its caller; the thread serves the others.
        catch (Exception error) when (error is not SqliteException stopping || !SqliteErrors.StopsTransaction(stopping))
        {
            item.FailAlone(error);
        }
#pragma warning restore CA1031

        if (!keep)
        {
            statements.Execute("ROLLBACK TO item");
        }

        statements.Execute("RELEASE item");
    }

    private void Commit(List<WriteItem> batch)
    {
        try
        {
            _commit(_statements!);
            TransactionCount++;
        }
        catch (SqliteException error)
        {
            Recover();
            if (SqliteErrors.IsCertainAtCommit(error))
            {
                FailAll(batch, error);
            }
            else
            {
                batch.ForEach(item => item.LoseAnswer(error));
            }

            return;
        }

        batch.ForEach(item => item.Acknowledge());
    }

    private void FailAll(List<WriteItem> batch, SqliteException error)
    {
        var unavailable = _connections.Errors.Unavailable(error);
        batch.ForEach(item => item.Fail(unavailable));
    }

    /// <summary>A connection whose transaction failed is not trusted with another; closing it rolls back what may be left.</summary>
    private void Recover()
    {
        CloseConnection();
        _connection = null;
        _statements = null;
    }

    private Statements OpenStatements()
    {
        _connection = _connections.OpenWriter();
        return new Statements(_connection);
    }

    private void CloseConnection()
    {
        _statements?.Dispose();
        _connection?.Dispose();
    }

    private static long BytesOf(InstanceCommit commit) =>
        (commit.Snapshot?.Length ?? 0)
        + commit.Entries.Sum(entry => (long)entry.Data.Length)
        + commit.Payloads.Sum(payload => (long)payload.Value.Length);
}
