using System.Collections.Concurrent;
using System.Security.Cryptography;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Compiled graphs by document hash: an instance runs on the very document it pinned.</summary>
internal sealed class GraphCache(IDefinitionStore definitions, IDefinitionReader reader)
{
    // Enough for every definition in use at once; a graph is small, and compiling one again takes milliseconds.
    private const int MaxGraphs = 512;

    private readonly ConcurrentDictionary<(string Tenant, string Hash), WorkflowGraph> _graphs = new();

    /// <exception cref="StoreCorruptException">The pinned document is missing, or cannot be compiled any more.</exception>
    public async ValueTask<WorkflowGraph> GetAsync(string tenantId, string hash, CancellationToken cancellationToken)
    {
        if (_graphs.TryGetValue((tenantId, hash), out var known))
            return known;

        var document = await definitions.FindAsync(tenantId, hash, cancellationToken)
            ?? throw new StoreCorruptException($"The pinned workflow document {hash} is not in the store any more.");
        var reading = reader.Read(document);
        return Add(tenantId, reading.Graph ?? throw new StoreCorruptException(
            $"The pinned workflow document {hash} cannot be compiled by this release: {string.Join("; ", reading.Diagnostics)}"));
    }

    /// <summary>Compiles a document, unless that has been done before.</summary>
    /// <exception cref="DefinitionInvalidException">The document has errors.</exception>
    public WorkflowGraph Read(string tenantId, ReadOnlyMemory<byte> document) =>
        _graphs.TryGetValue((tenantId, Convert.ToHexStringLower(SHA256.HashData(document.Span))), out var known)
            ? known
            : Add(tenantId, reader.Read(document).GraphOrThrow());

    private WorkflowGraph Add(string tenantId, WorkflowGraph graph)
    {
        if (_graphs.Count >= MaxGraphs)
            _graphs.Clear();
        return _graphs[(tenantId, graph.DocumentHash)] = graph;
    }
}
