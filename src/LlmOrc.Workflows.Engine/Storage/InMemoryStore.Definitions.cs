using System.Security.Cryptography;

namespace LlmOrc.Workflows.Storage;

/// <content>Documents by content hash.</content>
public sealed partial class InMemoryStore
{
    private readonly Dictionary<(string TenantId, string Hash), ReadOnlyMemory<byte>> _documents = [];

    /// <inheritdoc/>
    public Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hash = Convert.ToHexStringLower(SHA256.HashData(document.Span));
        lock (_lock)
        {
            _documents.TryAdd((tenantId, hash), Copy(document));
        }

        return Task.FromResult(hash);
    }

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_documents.TryGetValue((tenantId, hash), out var document) ? document : (ReadOnlyMemory<byte>?)null);
        }
    }
}
