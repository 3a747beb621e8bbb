using System.Text;

namespace LlmOrc.Workflows.ElsaFormat.Json;

/// <summary>Turns byte offsets, asked in rising order, into lines and columns (1-based, columns in UTF-16 units as editors count them).</summary>
internal struct TextPosition()
{
    private long _offset;
    private int _line = 1;
    private int _column = 1;

    public (int Line, int Column) MoveTo(ReadOnlySpan<byte> utf8, long offset)
    {
        var between = utf8[(int)Math.Min(_offset, utf8.Length)..(int)Math.Clamp(offset, _offset, utf8.Length)];
        _line += between.Count((byte)'\n');
        if (between.LastIndexOf((byte)'\n') is >= 0 and var lastBreak)
        {
            _column = 1;
            between = between[(lastBreak + 1)..];
        }

        _column += Encoding.UTF8.GetCharCount(between);
        _offset = Math.Max(_offset, offset);
        return (_line, _column);
    }

    /// <summary>The position of a byte of a line, both 0-based, as JSON readers give it.</summary>
    public static (int Line, int Column) InLine(ReadOnlySpan<byte> utf8, long line, long byteInLine)
    {
        var start = 0;
        for (var i = 0L; i < line && utf8[start..].IndexOf((byte)'\n') is >= 0 and var next; i++)
            start += next + 1;
        return new TextPosition().MoveTo(utf8, start + byteInLine);
    }
}
