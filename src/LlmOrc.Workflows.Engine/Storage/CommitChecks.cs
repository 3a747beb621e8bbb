namespace LlmOrc.Workflows.Storage;

/// <summary>What every store refuses before it asks its medium.</summary>
public static class CommitChecks
{
    /// <summary>Refuses a commit that contradicts itself.</summary>
    /// <exception cref="ArgumentException">The versions, the sequences or the commit id do not fit each other.</exception>
    public static void ThrowIfInconsistent(InstanceCommit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        var (row, entries) = (commit.Row, commit.Entries);
        if (commit.ExpectedVersion < 0 || row.Version != commit.ExpectedVersion + 1)
        {
            throw new ArgumentException($"The row's version is {row.Version}; after version {commit.ExpectedVersion} it must be {commit.ExpectedVersion + 1}.", nameof(commit));
        }

        if (row.CommitId == Guid.Empty)
        {
            throw new ArgumentException("A commit needs an id of its own; it settles an unknown outcome.", nameof(commit));
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Sequence != row.LastSequence - entries.Count + 1 + i)
            {
                throw new ArgumentException($"The entries must be without gaps and end at {row.LastSequence}; entry {i} has the sequence {entries[i].Sequence}.", nameof(commit));
            }
        }

        if (commit.Snapshot is not null && row.SnapshotSequence != row.LastSequence)
        {
            throw new ArgumentException($"A snapshot is the state after the entries, at {row.LastSequence}; the row says {row.SnapshotSequence}.", nameof(commit));
        }
    }

    /// <summary>Refuses anything but the first commit of an instance.</summary>
    /// <exception cref="ArgumentException">It contradicts itself, or expects an earlier version.</exception>
    public static void ThrowIfNotFirst(InstanceCommit commit)
    {
        ThrowIfInconsistent(commit);
        if (commit.ExpectedVersion != 0)
        {
            throw new ArgumentException($"The first commit expects version 0, not {commit.ExpectedVersion}; CommitAsync takes the others.", nameof(commit));
        }
    }
}
