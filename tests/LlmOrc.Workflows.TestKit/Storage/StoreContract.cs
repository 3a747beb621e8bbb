using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>What the contracts of the four seams share: a fresh store for each fact, and commits to try on it.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private StoreSeams? _seams;

    /// <summary>Opens a store in which nothing is.</summary>
    protected abstract ValueTask<StoreSeams> OpenAsync();

    protected IInstanceStore Instances => _seams!.Instances;

    protected IInstanceQueries Queries => _seams!.Queries;

    protected IDefinitionStore Definitions => _seams!.Definitions;

    protected IWorkQueue Work => _seams!.Work;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _seams = await OpenAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_seams?.Owner is { } owner)
        {
            await owner.DisposeAsync();
        }
    }

    /// <summary>Creates an instance and returns its row.</summary>
    protected async Task<InstanceRow> CreateAsync(string id, string tenantId = "", Func<InstanceRow, InstanceRow>? change = null)
    {
        var commit = Commits.First(id, tenantId, change);
        Assert.IsType<CommitResult.Committed>(await Instances.CreateAsync(commit, Stop));
        return commit.Row;
    }

    /// <summary>Commits and returns the row after it.</summary>
    protected async Task<InstanceRow> CommitAsync(InstanceCommit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        Assert.IsType<CommitResult.Committed>(await Instances.CommitAsync(commit, Stop));
        return commit.Row;
    }
}

/// <summary>A store, as its users see it.</summary>
/// <param name="Owner">Takes it all away when the test ends.</param>
public sealed record StoreSeams(
    IInstanceStore Instances, IInstanceQueries Queries, IDefinitionStore Definitions, IWorkQueue Work, IAsyncDisposable? Owner)
{
    /// <summary>The seams of one object that implements them all.</summary>
    public static StoreSeams Of<T>(T store, IAsyncDisposable? owner = null)
        where T : IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue => new(store, store, store, store, owner);
}
