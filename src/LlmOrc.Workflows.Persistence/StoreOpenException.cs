namespace LlmOrc.Workflows.Persistence;

/// <summary>A database cannot be opened; the message says what to do. Nothing of it was changed.</summary>
public class StoreOpenException(StoreOpenProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreOpenProblem Problem { get; } = problem;
}

/// <summary>The database was written by a newer version of this program.</summary>
public sealed class StoreVersionException(string message) : StoreOpenException(StoreOpenProblem.NewerVersion, message);

/// <summary>Why a database cannot be opened.</summary>
public enum StoreOpenProblem
{
    /// <summary>The file is something else.</summary>
    NotADatabase,

    /// <summary>The file is a database of another program.</summary>
    ForeignDatabase,

    /// <summary>The file is damaged.</summary>
    Damaged,

    /// <summary>The file or its folder cannot be written.</summary>
    NotWritable,

    /// <summary>There is no space left.</summary>
    DiskFull,

    /// <summary>Another process kept it locked.</summary>
    Locked,

    /// <summary>A newer version of this program has been here.</summary>
    NewerVersion,

    /// <summary>The server of the database cannot be reached, or refuses the user.</summary>
    Unreachable,

    /// <summary>Reading or writing failed for another reason.</summary>
    Failed,
}
