using System.Text;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// The body of a reply. It ends with the call's token (client libraries read without one, and would wait for a stalled provider
/// for ever), it is bounded, and it remembers its last bytes, because some of them skip lines they do not know, errors too.
/// </summary>
internal sealed class ProviderStream(Stream body, CancellationToken callToken) : Stream
{
    // Each token of a reply comes in an envelope of about a hundred bytes, so that the wire carries many times the text.
    private const long MaxBytes = 64L * ChatModels.MaxReplyBytes;

    private const int TailBytes = 4 * 1024;

    private readonly byte[] _tail = new byte[TailBytes];
    private long _bytes;
    private int _tailLength;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _bytes; set => throw new NotSupportedException(); }

    /// <summary>The error among the last lines, <c>{"error": …}</c>, plain or as an event's <c>data:</c>; null where there is none.</summary>
    public ProviderErrorBody? LastError()
    {
        foreach (var line in Encoding.UTF8.GetString(_tail, 0, _tailLength).Split('\n').Reverse())
        {
            var text = line.StartsWith("data:", StringComparison.Ordinal) ? line[5..].Trim() : line.Trim();
            if (text.StartsWith('{') && text.Contains("\"error\"", StringComparison.Ordinal) && ProviderErrorBody.TryRead(text, out var error))
                return error;
        }

        return null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(callToken, cancellationToken);
        var count = await body.ReadAsync(buffer, either.Token);
        Note(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = body.Read(buffer, offset, count);
        Note(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            body.Dispose();
        base.Dispose(disposing);
    }

    private void Note(ReadOnlySpan<byte> read)
    {
        _bytes += read.Length;
        if (_bytes > MaxBytes)
            throw new ProviderException(ProviderErrorKind.ReplyTooLarge, $"the reply is larger than {MaxBytes / (1024 * 1024)} MB on the wire");
        if (read.Length >= TailBytes)
        {
            read[^TailBytes..].CopyTo(_tail);
            _tailLength = TailBytes;
        }
        else if (read.Length > 0)
        {
            var kept = Math.Min(_tailLength, TailBytes - read.Length);
            _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
            read.CopyTo(_tail.AsSpan(kept));
            _tailLength = kept + read.Length;
        }
    }
}
