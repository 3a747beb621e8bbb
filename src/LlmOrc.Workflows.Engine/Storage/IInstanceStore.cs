namespace LlmOrc.Workflows.Storage;

/// <summary>The durable home of instances. Its contract is <c>InstanceStoreContract</c> in the TestKit.</summary>
/// <remarks>
/// Failures of the medium (disk full, locked, unreachable) throw <see cref="StoreUnavailableException"/> when it is certain that nothing
/// was stored, and give <see cref="CommitResult.Unknown"/> when it is not.
/// </remarks>
public interface IInstanceStore
{
    /// <summary>Until this has returned <see cref="CommitResult.Committed"/>, the instance does not exist. <c>Rejected("instance")</c> where the id is taken, <c>Rejected("activation")</c> where a running instance has the activation key.</summary>
    Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken);

    /// <summary>Durable when it returns <see cref="CommitResult.Committed"/>. Nothing is stored unless the stored version equals <see cref="InstanceCommit.ExpectedVersion"/>. <c>Rejected("inbox")</c> where a stimulus was used up before, <c>Rejected("activation")</c> where it makes the instance run again and another one has its key.</summary>
    Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken);

    /// <summary>Reads what is durable; null where there is no such instance.</summary>
    Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken);

    /// <summary>Reads large values of an instance; every hash must have been committed for it.</summary>
    /// <exception cref="StoreCorruptException">One is missing.</exception>
    Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken);
}

/// <summary>The store cannot be used right now; the message says what to do. Nothing of a commit was stored; any other write can be repeated as it was.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Something stored is missing or unreadable; only the instance it belongs to is affected.</summary>
public sealed class StoreCorruptException(string message, Exception? inner = null) : Exception(message, inner);
