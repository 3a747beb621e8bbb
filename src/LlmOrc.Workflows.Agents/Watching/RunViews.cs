using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Agents.Watching;

/// <summary>Reads what stored runs look like from outside.</summary>
public sealed class RunViews(IWorkflowRuntime runtime, IDefinitionStore definitions, IDefinitionReader reader)
{
    /// <summary>The pinned definition; null where it cannot be read any more, which is no reason to hide the run.</summary>
    public async Task<WorkflowGraph?> ReadGraphAsync(InstanceRow row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        return await definitions.FindAsync(row.Key.TenantId, row.DocumentHash, cancellationToken) is { } document ? reader.Read(document).Graph : null;
    }

    /// <summary>Everything that happened up to the row, folded.</summary>
    public async Task<RunView> ReadAsync(InstanceRow row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        var view = new RunView(row.Key.InstanceId, await ReadGraphAsync(row, cancellationToken));
        if (row.LastSequence == 0)
            return view;

        await foreach (var @event in runtime.WatchAsync(row.Key.InstanceId, tenantId: row.Key.TenantId, cancellationToken: cancellationToken))
        {
            view.Apply(@event);
            if (view.LastSequence >= row.LastSequence)
                break;
        }

        return view;
    }
}
