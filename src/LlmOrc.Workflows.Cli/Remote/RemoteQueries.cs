using System.Net;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>Reads of a server's runs.</summary>
internal sealed class RemoteQueries(LlmOrcClient client) : IInstanceQueries
{
    private const int MostOfPage = 200;

    public async Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        try
        {
            return RemoteRows.RowOf(await client.ShowAsync(key.InstanceId, withTree: false, cancellationToken));
        }
        catch (LlmOrcApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken)
    {
        var asked = new RunFilter
        {
            Workflow = filter.DefinitionId,
            Status = filter.Status is { } status ? Enum.Parse<RunStatus>(status.ToString()) : null,
            SubStatus = filter.SubStatus is { } subStatus ? Enum.Parse<RunSubStatus>(subStatus.ToString()) : null,
            CorrelationId = filter.CorrelationId,
            IdPrefix = filter.IdPrefix,
            After = filter.After,
            PageSize = Math.Min(filter.Limit, MostOfPage),
        };
        return await client.ListRunsAsync(asked, cancellationToken).Take(filter.Limit).Select(RemoteRows.RowOf).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken) =>
        await client.ReadMessagesAsync(key.InstanceId, conversationId, fromSequence, cancellationToken).Take(limit).Select(RemoteRows.MessageOf).ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken) =>
        [.. (await client.ListBookmarksOfRunAsync(key.InstanceId, cancellationToken)).Select(RemoteRows.BookmarkOf)];

    public Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken) => throw NotAsked();

    public Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken) => throw NotAsked();

    public Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken) => throw NotAsked();

    public Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken) => throw NotAsked();

    private static NotSupportedException NotAsked() => new("No command asks a server for this.");
}
