using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// Says what of a run is to be told outside. What it says is stored by the commit that holds the entry, so that it is delivered if and only if
/// the entry is durable. Register any number of them.
/// </summary>
public interface IOutboxRule
{
    /// <summary>What is to be told of an entry; nothing, mostly. It must not wait, and must say the same each time.</summary>
    IEnumerable<OutboxChange> Of(InstanceKey instance, string definitionId, JournalEntry entry);
}
