using System.Text;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.Data.Sqlite;
using Xunit;

namespace LlmOrc.Workflows.Tests.Weather;

/// <summary>What a user sees when the store cannot be used; what is in it stays as it was.</summary>
public sealed class StoreWeatherTests : IAsyncDisposable
{
    private const int StoreUnavailable = 5;

    private readonly StoryFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_store_of_a_newer_version_is_left_alone()
    {
        await ReviewAsync("before");
        Execute("INSERT INTO __EFMigrationsHistory (MigrationId, ProductVersion) VALUES ('29991231235959_Future', '99.0')");

        foreach (var args in new[] { new[] { "list" }, ["show", "before"], ["resume", "before"], ["run", "pr-review", "--sample", "--id", "after"] })
        {
            var end = await _folder.RunAsync(args);
            Assert.Equal(StoreUnavailable, end.ExitCode);
            Assert.Contains("was written by a newer version of this program", end.Error);
            Assert.Contains("29991231235959_Future", end.Error);
        }

        Assert.Equal("finished", _folder.Run("before").Status);
        Assert.Null(_folder.FindRun("after"));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_left_alone()
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Dear diary, today I wrote a workflow engine. ", 100)));
        Directory.CreateDirectory(_folder.DataFolder);
        File.WriteAllBytes(_folder.Database, content);

        var end = await _folder.RunAsync("run", "pr-review", "--sample");

        Assert.Equal(StoreUnavailable, end.ExitCode);
        Assert.Contains("is not a SQLite database. Name another file, or move this one away.", end.Error);
        Assert.Equal(content, File.ReadAllBytes(_folder.Database));
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_alone()
    {
        Directory.CreateDirectory(_folder.DataFolder);
        Execute("CREATE TABLE diary (day TEXT, entry TEXT)", SqliteOpenMode.ReadWriteCreate);

        var end = await _folder.RunAsync("run", "pr-review", "--sample");

        Assert.Equal(StoreUnavailable, end.ExitCode);
        Assert.Contains("is a database of another program", end.Error);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_named()
    {
        // Permissions do not bind root; a path below a file binds everybody.
        await using var folder = new StoryFolder(Path.Combine(_folder.Write("a-file", "text"), "data"));

        var end = await folder.RunAsync("run", "pr-review", "--sample");

        Assert.Equal(StoreUnavailable, end.ExitCode);
        Assert.Contains(folder.Database, end.Error);
        Assert.Contains("cannot be created or opened", end.Error);
    }

    [Fact]
    public async Task A_store_that_another_process_keeps_locked_is_waited_for_and_then_told()
    {
        await ReviewAsync("before");
        using (LockForWriting())
        {
            // The wait is the store's own: 30 s.
            var end = await _folder.RunAsync("run", "pr-review", "--sample", "--id", "locked", "--model", "simulated");
            Assert.Equal(StoreUnavailable, end.ExitCode);
            Assert.Contains("Another process has been writing to", end.Error);
            // Reading does not wait for writers.
            Assert.Equal(0, (await _folder.RunAsync("show", "before")).ExitCode);
        }

        Assert.Null(_folder.FindRun("locked"));
        await ReviewAsync("locked");
    }

    [Fact]
    public async Task A_lock_that_ends_in_time_costs_a_run_nothing()
    {
        await using var ollama = await FakeOllama.StartAsync();
        _folder.UseOllama(ollama.Address);
        var held = new HeldModel();
        ollama.Script = held.PlayAsync;
        var run = _folder.Start("run", "pr-review", "--sample", "--id", "waits");
        await held.ReceivedAsync(3);

        using (LockForWriting())
        {
            held.Release();
            // Another program that reads sees the run as it was, while its commit waits.
            Assert.Contains("running", (await _folder.RunAsync("list")).Output);
            Assert.Empty(_folder.Run("waits").Replies);
        }

        Assert.Equal(0, (await run.EndAsync()).ExitCode);
        Assert.Equal(4, ollama.Calls.Count);
        Assert.Equal(4, _folder.Run("waits").Replies.Count());
    }

    private async Task ReviewAsync(string id) => Assert.Equal(0, (await _folder.RunAsync("run", "pr-review", "--sample", "--id", id, "--model", "simulated")).ExitCode);

    private SqliteConnection Open(SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _folder.Database, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private void Execute(string sql, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        using var connection = Open(mode);
        Execute(connection, sql);
    }

    // A transaction that writes, as another program on this store would have it; it ends with the connection.
    private SqliteConnection LockForWriting()
    {
        var connection = Open();
        Execute(connection, "BEGIN IMMEDIATE");
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
