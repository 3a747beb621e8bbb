namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// How long a file is and when it was written: as long as a file has the stamp it was read under, it need not be read again.
/// Take the stamp before reading.
/// </summary>
public readonly record struct FileStamp
{
    // Longer than the clocks of file systems tick (FAT: 2 s): within it, a second change could leave the same time.
    private static readonly TimeSpan SettledAfter = TimeSpan.FromSeconds(3);

    private FileStamp(long length, DateTime writtenAt) => (Length, WrittenAt) = (length, writtenAt);

    /// <summary>In bytes.</summary>
    public long Length { get; }

    private DateTime WrittenAt { get; }

    /// <summary>The stamp of a file; null where there is none, or where it is a link, whose own time says nothing of its target.</summary>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && !file.Attributes.HasFlag(FileAttributes.ReparsePoint) ? new(file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>Whether the file was left alone for so long that the next change is sure to give it another stamp.</summary>
    /// <param name="now">The clock of the machine, whose file system stamps by it.</param>
    public bool IsSettled(DateTimeOffset now) => now.UtcDateTime - WrittenAt > SettledAfter;
}
