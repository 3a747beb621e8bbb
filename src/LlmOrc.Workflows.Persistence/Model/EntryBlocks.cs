using System.IO.Compression;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>
/// Many entries of one commit as one row. A long effect-free burst writes a thousand entries at a time that are nearly the same: apart they
/// take 200 bytes each, together about ten. The row has the sequence of its last entry, so that reading from a sequence on finds the row
/// that holds it.
/// </summary>
internal static class EntryBlocks
{
    /// <summary>The type of a row that is a block; no entry is called so.</summary>
    public const string Type = "block";

    // Fewer stay readable with any SQLite tool, and would hardly get smaller.
    private const int MinEntries = 64;

    // What reading one entry may have to unpack.
    private const int MaxEntries = 1000;

    private const byte Format = 1;

    // Of one entry. Larger values are payloads; more than this is damage.
    private const int MaxEntryBytes = 64 * 1024 * 1024;

    /// <summary>The rows to store for entries of one commit: few, where those are many.</summary>
    public static IEnumerable<EntryRow> Pack(IReadOnlyList<EntryRow> entries) =>
        entries.Count < MinEntries ? entries : entries.Chunk(MaxEntries).SelectMany(PackChunk);

    /// <summary>The entries of a stored row: itself, where it is no block.</summary>
    /// <exception cref="StoreCorruptException">The block cannot be read.</exception>
    public static IReadOnlyList<EntryRow> Unpack(EntryRow row)
    {
        if (row.Type != Type)
            return [row];
        try
        {
            return Read(row);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            throw Corrupt(row, exception);
        }
    }

    private static IReadOnlyList<EntryRow> PackChunk(EntryRow[] entries)
    {
        if (entries.Length < MinEntries)
            return entries;

        using var block = new MemoryStream();
        block.WriteByte(Format);
        using (var writer = new BinaryWriter(new DeflateStream(block, CompressionLevel.Fastest, leaveOpen: true)))
        {
            writer.Write7BitEncodedInt(entries.Length);
            var time = 0L;
            foreach (var entry in entries)
            {
                writer.Write(entry.Type);
                writer.Write7BitEncodedInt64(entry.Time.UtcTicks - time);
                writer.Write7BitEncodedInt64(entry.ExecutionId);
                writer.Write7BitEncodedInt(entry.Data.Length);
                writer.Write(entry.Data.Span);
                time = entry.Time.UtcTicks;
            }
        }

        return [new(entries[^1].Sequence, Type, entries[^1].Time, entries[^1].ExecutionId, block.ToArray())];
    }

    private static EntryRow[] Read(EntryRow row)
    {
        using var block = new MemoryStream(row.Data.ToArray());
        if (block.ReadByte() is var format and not Format)
            throw new InvalidDataException($"It has the format {format}.");

        using var reader = new BinaryReader(new DeflateStream(block, CompressionMode.Decompress));
        var count = reader.Read7BitEncodedInt();
        if (count is < 1 or > MaxEntries)
            throw new InvalidDataException($"It has {count} entries.");

        var entries = new EntryRow[count];
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            var type = reader.ReadString();
            time += reader.Read7BitEncodedInt64();
            var executionId = reader.Read7BitEncodedInt64();
            entries[i] = new(row.Sequence - count + 1 + i, type, new DateTimeOffset(time, TimeSpan.Zero), executionId, ReadData(reader));
        }

        return entries;
    }

    private static byte[] ReadData(BinaryReader reader)
    {
        var length = reader.Read7BitEncodedInt();
        if (length is < 0 or > MaxEntryBytes)
            throw new InvalidDataException($"An entry has {length} bytes.");
        var data = reader.ReadBytes(length);
        return data.Length == length ? data : throw new EndOfStreamException();
    }

    private static StoreCorruptException Corrupt(EntryRow row, Exception exception) =>
        new($"Entry {row.Sequence} and those before it in its block cannot be read: {exception.Message} Restore the database from a backup.", exception);
}
