using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Cli.Validate;

/// <summary>Checks that what workflows name in literals exists here.</summary>
internal sealed class References
{
    public static Task<References> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new References());
    }

    public static IReadOnlyList<Diagnostic> Check(WorkflowGraph graph, ReadOnlyMemory<byte> document) => [];
}
