using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LlmOrc.Workflows.TestKit;

/// <summary>
/// How long the calling thread was at work: what else the machine has to do does not count, so that a bound on it holds on a busy one too.
/// Where the system does not say (it is asked on Linux), the time that passed.
/// </summary>
public readonly struct ThreadTime
{
    private const int ThreadProcessorClock = 3;

    private readonly TimeSpan _start;

    private ThreadTime(TimeSpan start) => _start = start;

    /// <summary>Begins to count, for this thread.</summary>
    public static ThreadTime Start() => new(Now());

    public TimeSpan Elapsed => Now() - _start;

    private static TimeSpan Now() => OperatingSystem.IsLinux() && ReadClock(ThreadProcessorClock, out var time) == 0
        ? new(time.Seconds * TimeSpan.TicksPerSecond + (time.Nanoseconds / 100))
        : Stopwatch.GetElapsedTime(0);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out ClockTime time);

    [StructLayout(LayoutKind.Sequential)]
    private struct ClockTime
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
