using System.Text.Json;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>What is durable of one instance, and what must be true of it at any time.</summary>
public sealed class StoredRun(StoreSeams stores, IDefinitionReader reader, InstanceKey key)
{
    public Task<InstanceRow?> RowAsync(CancellationToken cancellationToken) => stores.Queries.FindAsync(key, cancellationToken);

    public Task<IReadOnlyList<MeteredCall>> CallsAsync(CancellationToken cancellationToken) => stores.Queries.ReadCallsAsync(key, cancellationToken);

    public Task<IReadOnlyList<TranscriptMessage>> MessagesAsync(CancellationToken cancellationToken) => stores.Queries.ReadMessagesAsync(key, null, 1, 10_000, cancellationToken);

    /// <summary>The whole journal.</summary>
    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(CancellationToken cancellationToken) =>
        await JournalCodec.ReadAsync(stores.Instances, key, await stores.Queries.ReadJournalAsync(key, 1, 1_000_000, cancellationToken), cancellationToken);

    /// <summary>The state as JSON, folded from the first entry on.</summary>
    public async Task<string> FoldJournalAsync(CancellationToken cancellationToken)
    {
        var state = new InstanceState(await GraphAsync(cancellationToken), key);
        foreach (var entry in await JournalAsync(cancellationToken))
            state.Apply(entry);
        return Text(state);
    }

    /// <summary>The state as JSON, as a runtime loads it: snapshot and tail.</summary>
    public async Task<string> LoadAsync(CancellationToken cancellationToken)
    {
        var stored = (await stores.Instances.LoadAsync(key, cancellationToken))!;
        var state = new InstanceState(await GraphAsync(cancellationToken), key);
        if (stored.Snapshot is { } snapshot)
            state.Restore(await ReadAsync(snapshot, cancellationToken));
        foreach (var entry in await JournalCodec.ReadAsync(stores.Instances, key, stored.Tail, cancellationToken))
            state.Apply(entry);
        return Text(state);
    }

    /// <summary>The variables of the workflow, by id, as they were last: they leave the state with its root.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> VariablesAsync(CancellationToken cancellationToken)
    {
        var state = new InstanceState(await GraphAsync(cancellationToken), key);
        var variables = new Dictionary<string, JsonElement>();
        foreach (var entry in await JournalAsync(cancellationToken))
        {
            state.Apply(entry);
            foreach (var variable in state.Root?.Variables ?? [])
                variables[variable.Id] = variable.Value;
        }

        return variables;
    }

    /// <summary>Asserts what holds at any time, whatever happened.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var row = (await RowAsync(cancellationToken))!;
        var journal = await JournalAsync(cancellationToken);
        Assert.Equal(Enumerable.Range(1, (int)row.LastSequence).Select(n => (long)n), journal.Select(e => e.Sequence));
        CheckEnd(row, journal);

        var folded = await FoldJournalAsync(cancellationToken);
        Assert.Equal(folded, await LoadAsync(cancellationToken));
        if ((await stores.Instances.LoadAsync(key, cancellationToken))! is { Snapshot: { } snapshot, Tail.Count: 0 })
            Assert.Equal(folded, Text(await ReadAsync(snapshot, cancellationToken), pending: 0));

        var messages = await MessagesAsync(cancellationToken);
        Assert.Equal(Enumerable.Range(1, messages.Count).Select(n => (long)n), messages.Select(m => m.Sequence));
        Assert.Equal(messages.Count, messages.Select(m => m.Id).Distinct().Count());
    }

    private static void CheckEnd(InstanceRow row, IReadOnlyList<JournalEntry> journal)
    {
        var end = journal.Select((entry, at) => (entry, at)).LastOrDefault(e => e.entry is InstanceFinished or InstanceRetried);
        Assert.Equal(row.Status == InstanceStatus.Finished, end.entry is InstanceFinished);
        if (end.entry is InstanceFinished)
            Assert.All(journal.Skip(end.at + 1), late => Assert.IsType<CallSettled>(late));
    }

    private async Task<WorkflowGraph> GraphAsync(CancellationToken cancellationToken)
    {
        var row = (await RowAsync(cancellationToken))!;
        return reader.Read((await stores.Definitions.FindAsync(key.TenantId, row.DocumentHash, cancellationToken))!.Value).Graph!;
    }

    private async Task<SnapshotDocument> ReadAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var hashes = new HashSet<string>();
        Payloads.CollectHashes(json.Span, hashes);
        var payloads = await JournalCodec.ReadPayloadsAsync(stores.Instances, key, hashes, cancellationToken);
        return Payloads.Read<SnapshotDocument>(json.Span, payloads);
    }

    // Commands that are pending are not in a snapshot; their number is compared, and what they do the next entries show.
    private static string Text(InstanceState state) => Text(SnapshotDocument.Of(state), state.Pending.Count);

    private static string Text(SnapshotDocument document, int pending) =>
        System.Text.Encoding.UTF8.GetString(Payloads.Write(document, [])) + $" pending {pending}";
}
