using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// Workflow documents by name: <c>NAME.json</c> in the host's folder, else the delivered one. Read at each start, so that an edited document
/// counts from the next run on.
/// </summary>
public sealed class WorkflowDocuments
{
    private const string Extension = ".json";

    // As many as a message can show.
    private const int MostListed = 20;

    private readonly string? _folder;

    /// <param name="folder">Made absolute at once; it need not exist. Null: only the delivered ones.</param>
    public WorkflowDocuments(string? folder = null) => _folder = folder is null ? null : Path.GetFullPath(folder);

    /// <summary>All names there are, in order.</summary>
    public IReadOnlyList<string> Names =>
        [.. Own().Concat(Delivered.Workflows).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>A document, byte for byte.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those there are.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        // What is looked up among the names there are leads out of no folder.
        if (Own().Contains(name))
            return await File.ReadAllBytesAsync(Path.Combine(_folder!, name + Extension), cancellationToken);
        if (Delivered.FindWorkflow(name) is { } document)
            return document;

        var meant = Similarity.Closest(name, Names, 3) is { Count: > 0 } similar ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?" : "";
        throw new ArgumentException($"There is no workflow '{name}'.{meant} There are: {string.Join(", ", Names.Take(MostListed))}{(Names.Count > MostListed ? ", …" : "")}.", nameof(name));
    }

    private IEnumerable<string> Own() => _folder is not null && Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "*" + Extension).Select(p => Path.GetFileNameWithoutExtension(p))
        : [];
}
