using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Opens connections to one database file, each set up for its use.</summary>
internal sealed class SqliteConnections(string path, SqliteStoreOptions options)
{
    // The write-ahead log is cut back to this after a checkpoint; without a limit it keeps the size of its largest transaction.
    private const int JournalSizeLimitBytes = 64 * 1024 * 1024;

    // 16 MB of log before it is copied into the file: a full batch touches some 500 pages, and at SQLite's 1,000 they were copied with every other one.
    private const int CheckpointPages = 4000;

    // Holds what a few batches touch; with SQLite's 2 MB the writer read pages back that it had just written.
    private const int CacheKibibytes = 16_000;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWrite,
        // Ours live long and keep their prepared statements; see SqliteReaders.
        Pooling = false,
        // What is left to retry when SQLite's own wait below is over; it counts in whole seconds.
        DefaultTimeout = Math.Max(1, (int)options.BusyTimeout.TotalSeconds),
    }.ToString();

    public string Path { get; } = path;

    public SqliteErrors Errors { get; } = new(path, options.BusyTimeout);

    // temp_store: each savepoint keeps the pages it may have to bring back, and from 64 kB of them on SQLite would write them to a file.
    public SqliteConnection OpenWriter() => Open($"""
        PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds};
        PRAGMA journal_size_limit = {JournalSizeLimitBytes};
        PRAGMA wal_autocheckpoint = {CheckpointPages};
        PRAGMA cache_size = -{CacheKibibytes};
        PRAGMA temp_store = MEMORY;
        PRAGMA synchronous = {(options.Synchronous == SqliteSynchronous.Normal ? "NORMAL" : "FULL")};
        """);

    /// <summary>A connection that refuses to write, whatever it is asked.</summary>
    public SqliteConnection OpenReader() => Open($"""
        PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds};
        PRAGMA query_only = 1;
        """);

    private SqliteConnection Open(string settings)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers from validated options; PRAGMA takes no parameters.
            command.CommandText = settings;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
