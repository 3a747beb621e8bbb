using System.Runtime.InteropServices;

namespace LlmOrc.Workflows.TestKit;

/// <summary>Does things as a user for whom permissions count. They do not for root, and tests often run as root.</summary>
public static class OrdinaryUser
{
    // nobody, on every Linux.
    private const uint Id = 65534;

    /// <summary>Gives files to the user that <see cref="Do"/> acts as. No change where that is this one.</summary>
    public static void Own(params ReadOnlySpan<string> paths)
    {
        if (!IsRoot)
            return;
        foreach (var path in paths)
        {
            if (ChangeOwner(path, Id, Id) != 0)
                throw new IOException($"{path} cannot be given to user {Id}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>
    /// Acts as an ordinary user as far as files are concerned, in a thread of its own, and gives what the action throws. Threads that the
    /// action begins, the pool's too, would stay that user: it must begin none that outlive it.
    /// </summary>
    public static Exception? Do(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Exception? thrown = null;
        // The file system's user is the thread's own, and ends with it: other tests go on as who they are.
        var thread = new Thread(() =>
        {
            if (IsRoot)
            {
                _ = SetFileSystemGroup(Id);
                _ = SetFileSystemUser(Id);
            }

            thrown = Catch(action);
        });
        thread.Start();
        thread.Join();
        return thrown;
    }

    private static bool IsRoot => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;

    private static Exception? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
#pragma warning disable CA1031 // What is thrown is what the test looks at.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(uint user);

    [DllImport("libc", EntryPoint = "setfsgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemGroup(uint group);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
