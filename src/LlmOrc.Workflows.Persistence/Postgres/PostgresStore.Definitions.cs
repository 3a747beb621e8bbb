using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <content>Documents by content hash.</content>
public sealed partial class PostgresStore
{
    /// <inheritdoc/>
    public async Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        var hash = Integrity.Hash(document.Span);
        // Nearly every start finds its document there already.
        if (await FindAsync(tenantId, hash, cancellationToken) is null)
        {
            await WriteAsync(new(WorkSql.InsertDocument, tenantId, hash, document), cancellationToken);
        }

        return hash;
    }

    /// <inheritdoc/>
    /// <exception cref="StoreCorruptException">What is stored does not have this hash.</exception>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken) =>
        Integrity.Document(hash, await FirstAsync(new(QuerySql.FindDocument, tenantId, hash), StoredRows.Blob, cancellationToken));
}
