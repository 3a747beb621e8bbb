using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Tests.Snapshots;

/// <summary>One stored instance as a file that people can read: its document, its journal, its snapshot, and what it waits for.</summary>
internal static class StoredInstance
{
    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public static async Task<string> WriteAsync(InMemoryStore store, InstanceKey key, CancellationToken cancellationToken)
    {
        var stored = (await store.LoadAsync(key, cancellationToken))!;
        var entries = await store.ReadJournalAsync(key, 1, int.MaxValue, cancellationToken);
        var document = (await store.FindAsync(key.TenantId, stored.Row.DocumentHash, cancellationToken))!.Value;
        var hashes = new HashSet<string>();
        foreach (var data in entries.Select(e => e.Data).Append(stored.Snapshot ?? "{}"u8.ToArray()))
            Payloads.CollectHashes(data.Span, hashes);
        var payloads = await store.ReadPayloadsAsync(key, hashes, cancellationToken);
        var timers = (await store.ReadDueTimersAsync(DateTimeOffset.MaxValue, 100, cancellationToken)).Where(t => t.Instance == key).Select(t => t.Timer);
        var calls = await store.ReadCallsAsync(key, cancellationToken);
        return new JsonObject
        {
            ["document"] = Encoding.UTF8.GetString(document.Span),
            ["row"] = WriteRow(stored.Row),
            ["snapshot"] = stored.Snapshot is { } snapshot ? JsonNode.Parse(snapshot.Span) : null,
            ["entries"] = new JsonArray([.. entries.Select(e => new JsonObject
            {
                ["sequence"] = e.Sequence, ["type"] = e.Type, ["time"] = e.Time, ["execution"] = e.ExecutionId, ["data"] = JsonNode.Parse(e.Data.Span),
            })]),
            ["payloads"] = new JsonObject(payloads.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Encoding.UTF8.GetString(p.Value.Span)))),
            ["bookmarks"] = new JsonArray([.. (await store.ReadBookmarksAsync(key, cancellationToken)).Select(WriteBookmark)]),
            ["timers"] = new JsonArray([.. timers.Select(t => new JsonObject { ["id"] = t.Id, ["execution"] = t.ExecutionId, ["name"] = t.Name, ["due"] = t.DueAt })]),
            ["messages"] = JsonSerializer.SerializeToNode(await store.ReadMessagesAsync(key, null, 1, 1000, cancellationToken)),
            ["calls"] = JsonSerializer.SerializeToNode(calls),
        }.ToJsonString(Format);
    }

    /// <summary>Puts an instance into an empty store, as it was.</summary>
    public static async Task<InstanceKey> ReadAsync(string file, InMemoryStore store, CancellationToken cancellationToken)
    {
        var root = JsonNode.Parse(file)!.AsObject();
        await store.PutAsync("", Encoding.UTF8.GetBytes(root["document"]!.GetValue<string>()), cancellationToken);
        var row = ReadRow(root["row"]!.AsObject());
        var entries = root["entries"]!.AsArray().Select(e => new EntryRow(
            e!["sequence"]!.GetValue<long>(), e["type"]!.GetValue<string>(), e["time"]!.GetValue<DateTimeOffset>(), e["execution"]!.GetValue<long>(), Bytes(e["data"]!))).ToList();
        var first = new InstanceCommit
        {
            ExpectedVersion = 0,
            Row = row with { Version = 1, LastSequence = row.SnapshotSequence == 0 ? row.LastSequence : row.SnapshotSequence },
            Entries = [.. entries.Where(e => row.SnapshotSequence == 0 || e.Sequence <= row.SnapshotSequence)],
            Snapshot = root["snapshot"] is { } snapshot ? Bytes(snapshot) : (ReadOnlyMemory<byte>?)null,
            Payloads = root["payloads"]!.AsObject().ToDictionary(p => p.Key, p => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(p.Value!.GetValue<string>())),
            Bookmarks = [.. root["bookmarks"]!.AsArray().Select(b => ReadBookmark(b!.AsObject()))],
            AddedTimers = [.. root["timers"]!.AsArray().Select(t => new TimerRow(t!["id"]!.GetValue<string>(), t["execution"]!.GetValue<long>(), t["name"]!.GetValue<string>(), t["due"]!.GetValue<DateTimeOffset>()))],
            Messages = root["messages"].Deserialize<Conversations.TranscriptMessage[]>()!,
            Calls = root["calls"].Deserialize<Metering.MeteredCall[]>()!,
        };
        await store.CreateAsync(first, cancellationToken);
        var tail = entries.Where(e => e.Sequence > first.Row.LastSequence).ToList();
        if (tail.Count > 0)
            await store.CommitAsync(new() { ExpectedVersion = 1, Row = row with { Version = 2, CommitId = Guid.NewGuid() }, Entries = tail }, cancellationToken);
        return row.Key;
    }

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    private static JsonObject WriteRow(InstanceRow row) => new()
    {
        ["id"] = row.Key.InstanceId,
        ["definition"] = row.DefinitionId,
        ["versionId"] = row.DefinitionVersionId,
        ["version"] = row.DefinitionVersion,
        ["document"] = row.DocumentHash,
        ["name"] = row.Name,
        ["correlation"] = row.CorrelationId,
        ["status"] = row.Status.ToString(),
        ["subStatus"] = row.SubStatus.ToString(),
        ["incidents"] = row.IncidentCount,
        ["createdAt"] = row.CreatedAt,
        ["updatedAt"] = row.UpdatedAt,
        ["finishedAt"] = row.FinishedAt,
        ["lastSequence"] = row.LastSequence,
        ["snapshotSequence"] = row.SnapshotSequence,
    };

    private static InstanceRow ReadRow(JsonObject row) => new()
    {
        Key = new("", row["id"]!.GetValue<string>()),
        DefinitionId = row["definition"]!.GetValue<string>(),
        DefinitionVersionId = row["versionId"]!.GetValue<string>(),
        DefinitionVersion = row["version"]!.GetValue<int>(),
        DocumentHash = row["document"]!.GetValue<string>(),
        Name = row["name"]?.GetValue<string>(),
        CorrelationId = row["correlation"]?.GetValue<string>(),
        Status = Enum.Parse<InstanceStatus>(row["status"]!.GetValue<string>()),
        SubStatus = Enum.Parse<InstanceSubStatus>(row["subStatus"]!.GetValue<string>()),
        IncidentCount = row["incidents"]!.GetValue<int>(),
        CreatedAt = row["createdAt"]!.GetValue<DateTimeOffset>(),
        UpdatedAt = row["updatedAt"]!.GetValue<DateTimeOffset>(),
        FinishedAt = row["finishedAt"]?.GetValue<DateTimeOffset>(),
        CommitId = Guid.NewGuid(),
        LastSequence = row["lastSequence"]!.GetValue<long>(),
        SnapshotSequence = row["snapshotSequence"]!.GetValue<long>(),
    };

    private static JsonObject WriteBookmark(BookmarkRow row) => new()
    {
        ["id"] = row.Id,
        ["execution"] = row.ExecutionId,
        ["node"] = row.ActivityId,
        ["name"] = row.Name,
        ["payload"] = JsonNode.Parse(row.Payload.Span),
        ["status"] = row.Status.ToString(),
        ["createdAt"] = row.CreatedAt,
        ["stimulus"] = row.StimulusId,
    };

    private static BookmarkRow ReadBookmark(JsonObject row) => new(
        row["id"]!.GetValue<string>(), row["execution"]!.GetValue<long>(), row["node"]!.GetValue<string>(), row["name"]!.GetValue<string>(),
        row["payload"] is { } payload ? Bytes(payload) : "null"u8.ToArray(), IsMultiUse: false, Enum.Parse<BookmarkStatus>(row["status"]!.GetValue<string>()),
        row["createdAt"]!.GetValue<DateTimeOffset>(), StimulusId: row["stimulus"]?.GetValue<string>());
}
