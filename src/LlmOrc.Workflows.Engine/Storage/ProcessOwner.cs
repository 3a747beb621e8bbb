using System.Diagnostics;
using System.Globalization;

namespace LlmOrc.Workflows.Storage;

/// <summary>This process as an owner of instances, and whether another one of this host is alive.</summary>
public static class ProcessOwner
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const string ProcessNamespace = "/proc/self/ns/pid";

    /// <summary>This process.</summary>
    public static Owner Current { get; } = new(Environment.MachineName, ReadWorld(), Environment.ProcessId, ReadStart(Environment.ProcessId) ?? 0);

    /// <summary>
    /// Whether the owner is certainly gone: a process of this host that ended, or one from before its last boot. False where it cannot be
    /// known, as of a process in another container, whose ids mean nothing here: then its lease has to run out.
    /// </summary>
    public static bool IsDead(Owner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (owner.Host != Current.Host)
            return false;

        return owner.BootId == Current.BootId
            ? ReadStart(owner.ProcessId) != owner.ProcessStart
            : BootOf(owner.BootId) != BootOf(Current.BootId);
    }

    // Where process ids mean the same: since this boot, among the processes of this namespace. Containers of one host have their own.
    private static string ReadWorld() => $"{ReadBootId()}/{ReadNamespace()}";

    private static string BootOf(string world) => world.Split('/')[0];

    private static string ReadBootId() => File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : "";

    private static string ReadNamespace()
    {
        try
        {
            return new FileInfo(ProcessNamespace).LinkTarget ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    // On Linux the start is read in clock ticks since boot: exact, unlike a wall-clock time that is computed from it.
    private static long? ReadStart(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var stat = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
                // The second field is the name in parentheses, which may hold spaces; the start is the 22nd, the state the third.
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
            }

            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
