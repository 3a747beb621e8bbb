namespace LlmOrc.Workflows.Storage;

/// <summary>Immutable documents by content hash; instances pin them. Its contract is <c>DefinitionStoreContract</c> in the TestKit.</summary>
public interface IDefinitionStore
{
    /// <summary>Durable when it returns; the same document again is a no-op. Returns its SHA-256 (lower-case hex).</summary>
    Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken);

    /// <summary>The document, byte for byte; null where it is unknown.</summary>
    Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken);
}
