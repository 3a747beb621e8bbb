using System.Diagnostics;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>A file system of a few megabytes, in memory. Making one takes root, on Linux.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int BlockBytes = 4096;

    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Null where this user may not.</summary>
    public static async Task<SmallDisk?> TryMakeAsync(int megabytes)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        var folder = Directory.CreateTempSubdirectory("llm-orc-disk-").FullName;
        if (await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder))
            return new(folder);
        Directory.Delete(folder);
        return null;
    }

    /// <summary>Leaves so many bytes free at most.</summary>
    public void Fill(int freeBytes = 0)
    {
        using var file = new FileStream(Ballast, FileMode.Append);
        var block = new byte[BlockBytes];
        try
        {
            while (new DriveInfo(Folder).AvailableFreeSpace > freeBytes)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", Folder);
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<bool> RunAsync(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true, UseShellExecute = false });
        await process!.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode == 0;
    }
}
