namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Where the SQLite database is, and how careful it is.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The database file; it and its folder are created where they are missing, for their owner only. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>How long to wait while another process writes, 1 ms to 10 minutes. The default is 30 seconds: longer than any commit of ours, short enough for a person to be told.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>When a commit counts as durable. The default is <see cref="SqliteSynchronous.Full"/>.</summary>
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>What is wrong with the options; null where nothing is.</summary>
    public string? FindProblem()
    {
        if (string.IsNullOrWhiteSpace(Path))
        {
            return "The SQLite store needs a Path: the database file, e.g. /var/lib/llm-orc/workflows.db.";
        }

        return BusyTimeout < TimeSpan.FromMilliseconds(1) || BusyTimeout > TimeSpan.FromMinutes(10)
            ? $"The BusyTimeout of the SQLite store is {BusyTimeout}; it must be 1 ms to 10 minutes."
            : null;
    }
}

/// <summary>When a commit counts as durable.</summary>
public enum SqliteSynchronous
{
    /// <summary>It is on the medium: survives a power failure.</summary>
    Full,

    /// <summary>The operating system has it: survives the end of the process, but a power failure may take the last commits. Several times faster on slow disks.</summary>
    Normal,
}
