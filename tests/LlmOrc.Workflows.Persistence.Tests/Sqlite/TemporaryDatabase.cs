using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Tests.Sqlite;

/// <summary>A database in a folder of its own, with its stores; all of it goes when the test ends.</summary>
internal sealed class TemporaryDatabase : IAsyncDisposable
{
    private readonly string _folder;
    private readonly List<SqliteStore> _stores = [];

    /// <param name="parent">Where to make the folder, if not with the other temporary files.</param>
    public TemporaryDatabase(string? parent = null)
    {
        _folder = Directory.CreateDirectory(System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), $"llm-orc-{Guid.NewGuid():n}")).FullName;
    }

    public string Folder => System.IO.Path.Combine(_folder, "data");

    public string Path => System.IO.Path.Combine(Folder, "workflows.db");

    public SqliteStoreOptions Options => new() { Path = Path };

    public SqliteStore Open(Action<SqliteStoreOptions>? configure = null, Action<Statements>? commit = null)
    {
        var options = Options;
        configure?.Invoke(options);
        var store = SqliteStore.Open(options, commit);
        _stores.Add(store);
        return store;
    }

    /// <summary>A store for a contract; the database goes with it.</summary>
    public StoreSeams OpenSeams() => StoreSeams.Of(Open(), this);

    /// <summary>A connection beside the stores, as another program would have.</summary>
    public SqliteConnection Connect(string settings = "")
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Default Timeout=5;{settings}");
        connection.Open();
        return connection;
    }

    /// <summary>Ends the stores, as the end of their processes would.</summary>
    public void CloseStores()
    {
        _stores.ForEach(store => store.Dispose());
        _stores.Clear();
    }

    public ValueTask DisposeAsync()
    {
        CloseStores();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

internal static class SqliteConnectionExtensions
{
    public static object? Run(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
