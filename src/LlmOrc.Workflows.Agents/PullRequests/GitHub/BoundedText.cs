namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Reads what comes from outside, and no more than is wanted.</summary>
internal static class BoundedText
{
    /// <summary>More than a prompt takes, however its characters are written.</summary>
    public const int MaxDiffBytes = 12 * 1024 * 1024;

    /// <summary>Facts and errors are some kB.</summary>
    public const int MaxMessageBytes = 2 * 1024 * 1024;

    /// <summary>All of a stream; null where it is longer than it may be.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[81_920];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (bytes.Length + count > maxBytes)
                return null;
            bytes.Write(buffer, 0, count);
        }

        return bytes.ToArray();
    }

    /// <summary>The first bytes of a stream. The rest is read too, and forgotten: whoever writes it would wait for a reader.</summary>
    public static async Task<byte[]> ReadFirstAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[81_920];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            bytes.Write(buffer, 0, Math.Min(count, maxBytes - (int)bytes.Length));
        return bytes.ToArray();
    }
}
