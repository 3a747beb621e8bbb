using System.Buffers;
using System.Text.Json;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Storage;

/// <summary>Writes the entries of one commit after the other into the same memory, which is kept from commit to commit.</summary>
internal sealed class JournalBuffer
{
    // What one large commit needed is not held for as long as the instance lives.
    private const int KeptBytes = 1024 * 1024;

    private readonly List<EntryRow> _rows = [];
    private ArrayBufferWriter<byte> _bytes = new();
    private Utf8JsonWriter? _writer;

    /// <summary>The rows and their memory are valid until the next call.</summary>
    public IReadOnlyList<EntryRow> Write(List<JournalEntry> entries, Dictionary<string, ReadOnlyMemory<byte>> payloads)
    {
        _rows.Clear();
        if (_bytes.Capacity > KeptBytes)
            (_bytes, _rows.Capacity) = (new(), 0);
        _bytes.ResetWrittenCount();

        var ends = ArrayPool<int>.Shared.Rent(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            (_writer ??= new(_bytes, Payloads.WriterOptions)).Reset(_bytes);
            Payloads.Write(_writer, entries[i], payloads);
            ends[i] = _bytes.WrittenCount;
        }

        // Only now does the memory stay where it is.
        for (var (i, start) = (0, 0); i < entries.Count; start = ends[i++])
            _rows.Add(JournalCodec.Row(entries[i], _bytes.WrittenMemory[start..ends[i]]));
        ArrayPool<int>.Shared.Return(ends);
        return _rows;
    }
}
