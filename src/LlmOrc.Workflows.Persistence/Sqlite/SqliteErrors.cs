using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>What an error of SQLite means for us, and what a person can do about it.</summary>
internal sealed class SqliteErrors(string path, TimeSpan busyTimeout)
{
    // What SQLite adds at once to the smaller of its companion files.
    private const int FullDiskBytes = 64 * 1024;

    /// <summary>Whether the medium failed, and with it the whole transaction; anything else concerns one statement.</summary>
    public static bool IsOfMedium(SqliteException error) => error.SqliteErrorCode
        is SQLITE_FULL or SQLITE_BUSY or SQLITE_LOCKED or SQLITE_READONLY or SQLITE_IOERR or SQLITE_CANTOPEN or SQLITE_NOMEM
        or SQLITE_PERM or SQLITE_PROTOCOL or SQLITE_NOTADB or SQLITE_INTERRUPT or SQLITE_AUTH or SQLITE_NOLFS;

    /// <summary>
    /// Whether a COMMIT that failed so has certainly stored nothing: its last frame, which makes the others count, was never written.
    /// After an I/O error it may have been, and only its flush failed.
    /// </summary>
    public static bool IsCertainAtCommit(SqliteException error) => error.SqliteErrorCode
        is SQLITE_FULL or SQLITE_BUSY or SQLITE_LOCKED or SQLITE_READONLY or SQLITE_NOMEM or SQLITE_CANTOPEN or SQLITE_CONSTRAINT;

    /// <summary>Whether nothing more can be written in a transaction that has met it.</summary>
    public static bool StopsTransaction(SqliteException error) => IsOfMedium(error) || IsCorruption(error);

    public static bool IsCorruption(SqliteException error) => error.SqliteErrorCode is SQLITE_CORRUPT or SQLITE_NOTADB;

    /// <summary>For a call of which certainly nothing was stored.</summary>
    public StoreUnavailableException Unavailable(SqliteException error) => new($"{Explain(error)} Nothing was stored.", error);

    /// <summary>For a call that has no answer of its own for an unknown outcome.</summary>
    public StoreUnavailableException Uncertain(SqliteException error) =>
        new($"{Explain(error)} It is not known whether the call was stored; it can be repeated as it was.", error);

    public StoreCorruptException Corrupt(SqliteException error) =>
        new($"'{path}' is damaged ({error.Message}). Restore it from a backup, or save what is readable with 'sqlite3 {path} .recover'.", error);

    /// <summary>For a failure while opening.</summary>
    public StoreOpenException CannotOpen(SqliteException error) => error.SqliteErrorCode == SQLITE_NOTADB
        ? new(StoreOpenProblem.NotADatabase, $"'{path}' is not a SQLite database. Name another file, or move this one away.", error)
        : new(ProblemOf(error), Explain(error), error);

    private string Explain(SqliteException error) => ProblemOf(error) switch
    {
        StoreOpenProblem.DiskFull => $"There is no space left for '{path}'. Free some, or move the data folder to a larger disk; the store goes on by itself.",
        StoreOpenProblem.Locked => $"Another process has been writing to '{path}' for more than {busyTimeout.TotalSeconds:0.###} s. Wait for it or end it; the store goes on by itself.",
        StoreOpenProblem.NotWritable => $"'{path}' cannot be written. Its owner needs write permission for the file and its folder (SQLite keeps a -wal and a -shm file beside it).",
        StoreOpenProblem.Damaged => Corrupt(error).Message,
        _ => $"'{path}' cannot be read or written ({error.Message}). Look at the disk and the system's log; the store goes on by itself.",
    };

    private StoreOpenProblem ProblemOf(SqliteException error) => error.SqliteErrorCode switch
    {
        // Where a companion file cannot be made or grow for want of space, SQLite says only that it failed.
        SQLITE_IOERR or SQLITE_CANTOPEN when IsDiskFull() => StoreOpenProblem.DiskFull,
        SQLITE_FULL => StoreOpenProblem.DiskFull,
        SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => StoreOpenProblem.Locked,
        SQLITE_READONLY or SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_AUTH => StoreOpenProblem.NotWritable,
        SQLITE_CORRUPT or SQLITE_NOTADB => StoreOpenProblem.Damaged,
        _ => StoreOpenProblem.Failed,
    };

    private bool IsDiskFull()
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace < FullDiskBytes;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
