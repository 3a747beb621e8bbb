using System.Security.Cryptography;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>Whether what was read is what was written.</summary>
internal static class Integrity
{
    /// <summary>The name of content.</summary>
    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    /// <exception cref="StoreCorruptException">What is stored does not have this hash.</exception>
    public static ReadOnlyMemory<byte>? Document(string hash, ReadOnlyMemory<byte>? document) => document is not { } data || Hash(data.Span) == hash
        ? document
        : throw new StoreCorruptException($"The document {hash} is damaged. Restore the database from a backup.");

    /// <exception cref="StoreCorruptException">It is missing, or does not have this hash.</exception>
    public static ReadOnlyMemory<byte> Payload(InstanceKey key, string hash, ReadOnlyMemory<byte>? payload) => payload is { } data && Hash(data.Span) == hash
        ? data
        : throw new StoreCorruptException($"The payload {hash} of instance '{key}' is {(payload is null ? "missing" : "damaged")}.");

    /// <exception cref="StoreCorruptException">The snapshot or an entry after it is missing.</exception>
    public static StoredInstance Instance(InstanceRow row, ReadOnlyMemory<byte>? snapshot, List<EntryRow> tail)
    {
        if (snapshot is null && row.SnapshotSequence > 0)
        {
            throw new StoreCorruptException($"The snapshot of instance '{row.Key}' is missing. Restore the database from a backup.");
        }

        for (var i = 0; i <= tail.Count; i++)
        {
            var expected = row.SnapshotSequence + 1 + i;
            var found = i < tail.Count ? tail[i].Sequence : row.LastSequence + 1;
            if (found != expected)
            {
                throw new StoreCorruptException($"Entry {expected} of instance '{row.Key}' is missing. Restore the database from a backup.");
            }
        }

        return new StoredInstance(row, snapshot, tail);
    }
}
