using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Connections to read by, kept open with their prepared statements. A read sees one moment, whatever is committed meanwhile.</summary>
internal sealed class SqliteReaders(SqliteConnections connections) : IDisposable
{
    // A read keeps its thread; more of them at once than this would only wait for the same disk.
    private const int MaxConnections = 16;

    private readonly SemaphoreSlim _slots = new(MaxConnections, MaxConnections);
    private readonly ConcurrentBag<ReadSession> _idle = [];
    private volatile bool _disposed;

    public async Task<T> ReadAsync<T>(Func<Statements, T> read, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        ReadSession? session = null;
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            session = _idle.TryTake(out var idle) ? idle : new ReadSession(connections.OpenReader());
            var result = session.Read(read);
            if (!_disposed)
            {
                _idle.Add(session);
                session = null;
            }

            return result;
        }
        catch (SqliteException error) when (SqliteErrors.IsCorruption(error))
        {
            throw connections.Errors.Corrupt(error);
        }
        catch (SqliteException error) when (SqliteErrors.IsOfMedium(error))
        {
            throw connections.Errors.Unavailable(error);
        }
        finally
        {
            // A session whose read failed is not trusted with another; one that comes back to a closed store is not needed.
            session?.Dispose();
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var session))
        {
            session.Dispose();
        }
    }

    private sealed class ReadSession(SqliteConnection connection) : IDisposable
    {
        private readonly Statements _statements = new(connection);

        public T Read<T>(Func<Statements, T> read)
        {
            _statements.Execute("BEGIN");
            var result = read(_statements);
            _statements.Execute("COMMIT");
            return result;
        }

        public void Dispose()
        {
            _statements.Dispose();
            connection.Dispose();
        }
    }
}
