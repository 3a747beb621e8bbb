namespace LlmOrc.Workflows.Cli;

/// <summary>What the program's end says to a script. Part of the command line's contract: never change a number.</summary>
internal enum ExitCode
{
    Finished = 0,

    /// <summary>The run stopped at a failure; it can be resumed.</summary>
    Faulted = 1,

    /// <summary>Wrong usage, input or document; nothing was started.</summary>
    BadInput = 2,

    /// <summary>The run waits for an answer or a time.</summary>
    Waiting = 3,

    Cancelled = 4,

    /// <summary>The store cannot be used, or the server cannot be reached.</summary>
    StoreUnavailable = 5,

    /// <summary>There is no such run or bookmark.</summary>
    NotFound = 6,

    /// <summary>Somebody else was first, or holds it; or the server wants another key.</summary>
    Refused = 7,

    /// <summary>Standard output cannot be written, e.g. because the disk is full; what was done is in the store.</summary>
    OutputLost = 8,

    /// <summary>Ctrl+C: 128 and the signal's number, as shells count.</summary>
    Interrupted = 130,

    /// <summary>SIGTERM.</summary>
    Terminated = 143,
}

/// <summary>The exit codes as the help shows them.</summary>
internal static class ExitCodes
{
    public const string Help = """
        Exit codes:
          0    finished
          1    the run faulted; mend the cause and resume it
          2    wrong usage, input or document; nothing was started
          3    the run waits for an answer or a time
          4    the run was cancelled
          5    the store cannot be used, or the server cannot be reached
          6    there is no such run or bookmark
          7    refused: already answered, somebody else drives the run, or another key is needed
          8    standard output cannot be written; what was done is kept
          130  interrupted (Ctrl+C), 143 terminated: the run can be resumed
        """;
}
