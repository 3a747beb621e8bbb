using System.Buffers;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Bytes of JSON under a limit. The limit counts characters; JSON of ours has at most three bytes for each.</summary>
internal sealed class LimitedBuffer(int maxLength) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Advance(int count)
    {
        _bytes.Advance(count);
        if (_bytes.WrittenCount > maxLength * 3L)
        {
            throw new TemplateLimitException(default, $"a value is longer than {maxLength} characters of JSON");
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);
}
