using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>
/// Bytes of an input as text: UTF-8, or what a byte order mark says. A diff holds the bytes of its files, whatever their encoding is; so what
/// is not UTF-8 is no error: each such byte is taken as Latin-1, which loses nothing, and is told.
/// </summary>
/// <param name="Warning">What was not UTF-8, and where it begins; null where all was.</param>
internal readonly record struct InputText(string Text, string? Warning)
{
    private static readonly Encoding Lenient = Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new Latin1Fallback());

    /// <param name="what">Whose bytes they are, as the beginning of a sentence.</param>
    public static InputText Of(byte[] bytes, string what)
    {
        if (HasOtherMark(bytes) || Utf8.IsValid(bytes))
        {
            using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            return new(reader.ReadToEnd(), null);
        }

        var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var (offset, line) = FirstBad(bytes);
        return new(Lenient.GetString(bytes, start, bytes.Length - start), string.Create(
            CultureInfo.InvariantCulture,
            $"{what} is not UTF-8: the first wrong byte is 0x{bytes[offset]:X2} at offset {offset}, in line {line}. Each wrong byte is taken as Latin-1, so letters beyond ASCII may be wrong there."));
    }

    // UTF-16 and UTF-32, as some shells write them.
    private static bool HasOtherMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]);

    private static (int Offset, int Line) FirstBad(ReadOnlySpan<byte> bytes)
    {
        var offset = 0;
        while (Rune.DecodeFromUtf8(bytes[offset..], out _, out var length) == System.Buffers.OperationStatus.Done)
            offset += length;
        return (offset, bytes[..offset].Count((byte)'\n') + 1);
    }

    /// <summary>Wrong bytes as the characters of the same numbers.</summary>
    private sealed class Latin1Fallback : DecoderFallback
    {
        // A decoder reports at most a whole sequence at once.
        public override int MaxCharCount => 4;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();

        private sealed class Buffer : DecoderFallbackBuffer
        {
            private byte[] _bytes = [];
            private int _next;

            public override int Remaining => _bytes.Length - _next;

            public override bool Fallback(byte[] bytesUnknown, int index)
            {
                (_bytes, _next) = (bytesUnknown, 0);
                return bytesUnknown.Length > 0;
            }

            public override char GetNextChar() => _next < _bytes.Length ? (char)_bytes[_next++] : '\0';

            public override bool MovePrevious()
            {
                if (_next == 0)
                    return false;
                _next--;
                return true;
            }

            public override void Reset() => (_bytes, _next) = ([], 0);
        }
    }
}
