namespace LlmOrc.Workflows.Execution;

/// <summary>How long to leave a store alone that is unavailable.</summary>
internal static class Pauses
{
    /// <summary>0.5 s, 1 s, 2 s, … at most 10 s: a disk that is full or a lock that is held is somebody's to mend.</summary>
    public static TimeSpan After(int attempt) => TimeSpan.FromSeconds(Math.Min(10, 0.5 * Math.Pow(2, attempt - 1)));
}
