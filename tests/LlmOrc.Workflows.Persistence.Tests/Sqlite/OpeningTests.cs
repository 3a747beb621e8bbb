using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class OpeningTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _database = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_missing_folder_and_file_are_made_for_their_owner_only()
    {
        await _database.Open().CreateAsync(Commits.First("one"), Stop);

        // Windows has no such permissions.
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_database.Folder));
        foreach (var file in new[] { _database.Path, $"{_database.Path}-wal", $"{_database.Path}-shm" })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_restart()
    {
        var first = Commits.First("one");
        await _database.Open().CreateAsync(first, Stop);
        _database.CloseStores();

        Assert.Equal(first.Row, await _database.Open().FindAsync(first.Row.Key, Stop));
    }

    [Fact]
    public void Commits_are_flushed_to_the_medium_unless_the_options_say_otherwise()
    {
        _database.Open();

        Assert.Equal((2L, "wal"), SettingsOf(new SqliteStoreOptions { Path = _database.Path }));
        Assert.Equal((1L, "wal"), SettingsOf(new SqliteStoreOptions { Path = _database.Path, Synchronous = SqliteSynchronous.Normal }));

        static (object?, object?) SettingsOf(SqliteStoreOptions options)
        {
            using var connection = new SqliteConnections(options.Path, options).OpenWriter();
            return (connection.Run("PRAGMA synchronous"), connection.Run("PRAGMA journal_mode"));
        }
    }

    [Fact]
    public void A_reader_cannot_write()
    {
        _database.Open();
        using var connection = new SqliteConnections(_database.Path, _database.Options).OpenReader();

        Assert.Throws<SqliteException>(() => connection.Run("DELETE FROM instances"));
    }

    [Fact]
    public void A_database_that_a_killed_process_left_empty_is_completed()
    {
        Directory.CreateDirectory(_database.Folder);
        using (var connection = _database.Connect())
        {
            connection.Run("PRAGMA journal_mode = WAL");
        }

        _database.Open();
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_database_as_it_was()
    {
        Directory.CreateDirectory(_database.Folder);
        using (var connection = _database.Connect())
        {
            // Ours by its mark, and without history; the migration stumbles over the second table that it makes.
            connection.Run($"PRAGMA application_id = {0x4C4F5257}");
            connection.Run("CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" TEXT NOT NULL PRIMARY KEY, \"ProductVersion\" TEXT NOT NULL)");
            connection.Run("CREATE TABLE documents (it)");
        }

        Assert.Throws<StoreOpenException>(() => _database.Open());

        using var after = _database.Connect();
        Assert.Equal(2L, after.Run("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await _database.Open().CreateAsync(Commits.First("one"), Stop);
        _database.CloseStores();
        using (var connection = _database.Connect())
        {
            connection.Run("INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_FromTheFuture', '99.0.0')");
        }

        var before = await File.ReadAllBytesAsync(_database.Path, Stop);
        var error = Assert.Throws<StoreVersionException>(() => _database.Open());

        Assert.Equal(StoreOpenProblem.NewerVersion, error.Problem);
        Assert.Contains("20990101000000_FromTheFuture", error.Message);
        Assert.Contains(SqliteSchema.Scripts.Known[^1], error.Message);
        Assert.Contains("Upgrade", error.Message);
        Assert.Contains("another data folder", error.Message);
        Assert.Equal(before, await File.ReadAllBytesAsync(_database.Path, Stop));
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_database.Folder);
        var text = string.Concat(Enumerable.Repeat("Dear diary, today I was no database.\n", 100));
        await File.WriteAllTextAsync(_database.Path, text, Stop);

        var error = Assert.Throws<StoreOpenException>(() => _database.Open());

        Assert.Equal(StoreOpenProblem.NotADatabase, error.Problem);
        Assert.Contains(_database.Path, error.Message);
        Assert.Equal(text, await File.ReadAllTextAsync(_database.Path, Stop));
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_database.Folder);
        using (var connection = _database.Connect())
        {
            connection.Run("CREATE TABLE recipes (name TEXT)");
        }

        var error = Assert.Throws<StoreOpenException>(() => _database.Open());

        Assert.Equal(StoreOpenProblem.ForeignDatabase, error.Problem);
        using var after = _database.Connect();
        Assert.Equal(1L, after.Run("SELECT COUNT(*) FROM sqlite_master"));
        Assert.Equal("delete", after.Run("PRAGMA journal_mode"));
    }

    [Fact]
    public void A_damaged_schema_is_refused()
    {
        _database.Open();
        _database.CloseStores();
        using (var file = File.OpenWrite(_database.Path))
        {
            file.Position = 100;
            file.Write(Enumerable.Repeat((byte)0xEE, 3000).ToArray());
        }

        var error = Assert.Throws<StoreOpenException>(() => _database.Open());

        Assert.Equal(StoreOpenProblem.Damaged, error.Problem);
        Assert.Contains("backup", error.Message);
    }

    [Fact]
    public void A_file_where_the_folder_should_be_is_refused()
    {
        File.WriteAllText(_database.Folder, "");

        var error = Assert.Throws<StoreOpenException>(() => _database.Open());

        Assert.Equal(StoreOpenProblem.NotWritable, error.Problem);
        File.Delete(_database.Folder);
    }

    [Fact]
    public void A_folder_where_the_file_should_be_is_refused()
    {
        Directory.CreateDirectory(_database.Path);

        Assert.Equal(StoreOpenProblem.NotWritable, Assert.Throws<StoreOpenException>(() => _database.Open()).Problem);
    }

    [Fact]
    public async Task A_read_only_file_system_is_refused()
    {
        using var volume = TemporaryVolume.TryMount(megabytes: 4);
        Assert.SkipWhen(volume is null, "This user may not mount a small file system.");
        var database = new TemporaryDatabase(volume.Path);
        await database.Open().CreateAsync(Commits.First("one"), Stop);
        database.CloseStores();
        volume.MakeReadOnly();

        var existing = Assert.Throws<StoreOpenException>(() => database.Open());
        var missing = Assert.Throws<StoreOpenException>(() => SqliteStore.Open(new SqliteStoreOptions { Path = $"{volume.Path}/other/new.db" }));

        Assert.Equal(StoreOpenProblem.NotWritable, existing.Problem);
        Assert.Equal(StoreOpenProblem.NotWritable, missing.Problem);
    }

    [Fact]
    public async Task A_read_only_file_is_refused()
    {
        await _database.Open().CreateAsync(Commits.First("one"), Stop);
        _database.CloseStores();
        OrdinaryUser.Own(_database.Folder, _database.Path);
        File.SetAttributes(_database.Path, FileAttributes.ReadOnly);

        var error = Assert.IsType<StoreOpenException>(OrdinaryUser.Do(() => _database.Open()));

        Assert.Equal(StoreOpenProblem.NotWritable, error.Problem);
        File.SetAttributes(_database.Path, FileAttributes.Normal);
        _database.Open();
    }

    [Fact]
    public void A_new_database_that_another_process_keeps_locked_is_refused_after_the_busy_timeout()
    {
        Directory.CreateDirectory(_database.Folder);
        using var other = _database.Connect();
        other.Run("BEGIN EXCLUSIVE");
        other.Run("CREATE TABLE half (done)");

        var error = Assert.Throws<StoreOpenException>(() => _database.Open(options => options.BusyTimeout = TimeSpan.FromMilliseconds(100)));

        Assert.Equal(StoreOpenProblem.Locked, error.Problem);
        other.Run("ROLLBACK");
        _database.Open();
    }

    [Theory]
    [InlineData("", 30_000)]
    [InlineData("  ", 30_000)]
    [InlineData("file.db", 0)]
    [InlineData("file.db", 600_001)]
    public void Wrong_options_are_refused(string path, int busyMilliseconds) =>
        Assert.Throws<ArgumentException>(() => SqliteStore.Open(new SqliteStoreOptions { Path = path, BusyTimeout = TimeSpan.FromMilliseconds(busyMilliseconds) }));

    [Fact]
    public void A_path_with_odd_characters_is_only_a_path()
    {
        var path = Path.Combine(_database.Folder, "a;Mode=ReadOnly 'b' \"c\" ?x=1 \U0001F980.db");

        using var store = SqliteStore.Open(new SqliteStoreOptions { Path = path });

        Assert.True(File.Exists(path));
    }
}
