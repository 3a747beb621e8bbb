namespace LlmOrc.Workflows.Definitions;

/// <summary>Compiles a stored document. The one implementation reads Elsa 3 documents; the engine does not know their format.</summary>
public interface IDefinitionReader
{
    /// <summary>Reads a document; never throws on bad content.</summary>
    DefinitionReading Read(ReadOnlyMemory<byte> document);
}

/// <summary>A compiled graph, or null where <see cref="Diagnostics"/> holds an error; all diagnostics at once.</summary>
public sealed record DefinitionReading(WorkflowGraph? Graph, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <exception cref="DefinitionInvalidException">The document has errors.</exception>
    public WorkflowGraph GraphOrThrow() => Graph ?? throw new DefinitionInvalidException(Diagnostics);
}

/// <summary>A document cannot run; <see cref="Diagnostics"/> says why and where, all at once.</summary>
public sealed class DefinitionInvalidException(IReadOnlyList<Diagnostic> diagnostics)
    : Exception("The workflow document has errors:" + Environment.NewLine + string.Join(Environment.NewLine, diagnostics))
{
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
