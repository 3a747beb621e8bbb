using System.Diagnostics;

namespace LlmOrc.Workflows.Tests.Sqlite;

/// <summary>A small file system of its own, to fill or to make read-only; it needs the right to mount.</summary>
internal sealed class TemporaryVolume : IDisposable
{
    private readonly string _filler;

    private TemporaryVolume(string path)
    {
        Path = path;
        _filler = System.IO.Path.Combine(path, "filler");
    }

    public string Path { get; }

    /// <summary>Null where this user may not mount.</summary>
    public static TemporaryVolume? TryMount(int megabytes)
    {
        var path = Directory.CreateTempSubdirectory("llm-orc-volume-").FullName;
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path))
        {
            return new TemporaryVolume(path);
        }

        Directory.Delete(path);
        return null;
    }

    /// <summary>Leaves so much space, and nothing to those who want more.</summary>
    public void FillBut(long freeBytes)
    {
        using var file = File.Create(_filler);
        var available = new DriveInfo(Path).AvailableFreeSpace;
        file.Write(new byte[Math.Max(0, available - freeBytes)]);
    }

    public void Free() => File.Delete(_filler);

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
