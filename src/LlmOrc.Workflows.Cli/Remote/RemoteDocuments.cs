using System.Net;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>Documents of a server, by the runs that are pinned to them.</summary>
internal sealed class RemoteDocuments(LlmOrcClient client) : IDefinitionStore
{
    public Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken) => throw new NotSupportedException("No command gives a server documents.");

    /// <param name="hash">The run's id, see <see cref="RemoteRows.RowOf"/>.</param>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ReadDocumentAsync(hash, cancellationToken);
        }
        catch (LlmOrcApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
