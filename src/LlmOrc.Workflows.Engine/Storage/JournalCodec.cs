using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Storage;

/// <summary>Journal entries to and from what is stored.</summary>
internal static class JournalCodec
{
    private static readonly FrozenDictionary<Type, string> Tags = typeof(JournalEntry).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(a => a.DerivedType, a => (string)a.TypeDiscriminator!);

    public static EntryRow Row(JournalEntry entry, ReadOnlyMemory<byte> data) => new(
        entry.Sequence, Tags[entry.GetType()], entry.Time, entry is ExecutionEntry { ExecutionId: var id } ? id : 0, data);

    /// <exception cref="StoreCorruptException">The entry cannot be read, or a payload is missing.</exception>
    public static JournalEntry Read(EntryRow row, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> payloads)
    {
        var entry = Payloads.Read<JournalEntry>(row.Data.Span, payloads);
        entry.Sequence = row.Sequence;
        entry.Time = row.Time;
        return entry;
    }

    /// <summary>Reads entries of an instance with the payloads they refer to.</summary>
    public static async Task<IReadOnlyList<JournalEntry>> ReadAsync(IInstanceStore store, InstanceKey key, IReadOnlyList<EntryRow> rows, CancellationToken cancellationToken)
    {
        var hashes = new HashSet<string>();
        foreach (var row in rows)
            Payloads.CollectHashes(row.Data.Span, hashes);
        var payloads = await ReadPayloadsAsync(store, key, hashes, cancellationToken);
        return [.. rows.Select(row => Read(row, payloads))];
    }

    public static async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(
        IInstanceStore store, InstanceKey key, HashSet<string> hashes, CancellationToken cancellationToken) =>
        hashes.Count == 0 ? new Dictionary<string, ReadOnlyMemory<byte>>() : await store.ReadPayloadsAsync(key, hashes, cancellationToken);
}
