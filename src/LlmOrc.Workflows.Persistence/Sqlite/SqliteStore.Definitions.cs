using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.QuerySql;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <content>Documents by content hash.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public async Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        var hash = Integrity.Hash(document.Span);
        // Nearly every start finds its document there already; only the first one needs the writer.
        if (await FindAsync(tenantId, hash, cancellationToken) is null)
        {
            await _writer.WriteAsync(document.Length, statements => WorkStatements.Put(statements, tenantId, hash, document), cancellationToken);
        }

        return hash;
    }

    /// <inheritdoc/>
    /// <exception cref="StoreCorruptException">What is stored does not have this hash.</exception>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken)
    {
        var document = await _readers.ReadAsync(statements => statements.First(FindDocument, StoredRows.Blob, tenantId, hash), cancellationToken);
        return Integrity.Document(hash, document);
    }
}
