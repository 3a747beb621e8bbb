using System.Text;
using LlmOrc.Workflows.Persistence.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class StatementsTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly Statements _statements;

    public StatementsTests()
    {
        _connection.Open();
        _connection.Run("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value)");
        _statements = new Statements(_connection);
    }

    public static TheoryData<object> Values =>
    [
        "", "text", "ünïcode 😀", "a quote ' and a line\nbreak", "zero\0inside", "half \ud83d a character", new string('x', 100_000), new string('é', 30_000),
        0, int.MinValue, long.MaxValue, true, false,
        Guid.Parse("0193f1a2-7b3c-7def-8abc-0123456789ab"),
        0m, 1m, 0.1m, -12.3456789m, 123456789012345.123456789012m, decimal.MaxValue, 1.10m,
    ];

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_stored_as_the_provider_stores_it(object value)
    {
        _statements.Execute("INSERT INTO things (id, value) VALUES (@id, @value)", 1, value);
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT INTO things (id, value) VALUES (2, @value)";
        command.Parameters.AddWithValue("@value", value);
        command.ExecuteNonQuery();

        Assert.Equal(ReadStored(2), ReadStored(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Bytes_are_stored_as_they_are(int length)
    {
        var data = Encoding.ASCII.GetBytes(new string('b', length + 2)).AsMemory(1, length);

        _statements.Execute("INSERT INTO things (id, value) VALUES (@id, @value)", 1, (ReadOnlyMemory<byte>)data);

        _statements.Execute("INSERT INTO things (id, value) VALUES (@id, @value)", 2, data.ToArray());

        Assert.Equal(("blob", Convert.ToHexString(data.Span)), ReadStored(1));
        Assert.Equal(ReadStored(1), ReadStored(2));
    }

    [Fact]
    public void A_time_is_stored_as_its_ticks_and_nothing_as_null()
    {
        var time = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(2));

        _statements.Execute("INSERT INTO things (id, name, value) VALUES (@id, @name, @value)", 1, null, time);

        Assert.Equal("integer", ReadStored(1).Type);
        Assert.Equal(time.UtcTicks, _connection.Run("SELECT value FROM things"));
        Assert.Equal(DBNull.Value, _connection.Run("SELECT name FROM things"));
    }

    [Fact]
    public void A_name_that_a_text_uses_twice_is_given_once()
    {
        _statements.Execute("INSERT INTO things (id, name, value) VALUES (@id, @name, @name || @id)", 7, "a");

        Assert.Equal("a7", _connection.Run("SELECT value FROM things"));
    }

    [Fact]
    public void How_many_rows_were_changed_is_told()
    {
        Assert.Equal(1, Insert(1, "a"));
        Assert.Equal(0, _statements.Execute("INSERT INTO things (id, name) VALUES (@id, @name) ON CONFLICT DO NOTHING", 2, "a"));
        Assert.Equal(1, Insert(2, "b"));
        Assert.Equal(2, _statements.Execute("UPDATE things SET value = @value", "v"));
        Assert.Equal(0, _statements.Execute("UPDATE things SET value = @value WHERE id > @id", "v", 2));
        Assert.True(_statements.Exists("SELECT 1 FROM things WHERE id > @id", 1));
        Assert.False(_statements.Exists("SELECT 1 FROM things WHERE id > @id", 2));
    }

    [Fact]
    public void A_statement_that_failed_says_why_and_runs_again()
    {
        Insert(1, "a");

        var error = Assert.Throws<SqliteException>(() => Insert(2, "a"));

        Assert.Equal((raw.SQLITE_CONSTRAINT, raw.SQLITE_CONSTRAINT_UNIQUE), (error.SqliteErrorCode, error.SqliteExtendedErrorCode));
        Assert.Contains("things.name", error.Message);
        Assert.Equal(1, Insert(2, "b"));
        Assert.Throws<SqliteException>(() => _statements.Execute("INSERT INTO nowhere VALUES (1)"));
    }

    [Fact]
    public void A_type_without_a_stored_form_is_refused() => Assert.Throws<ArgumentException>(() => _statements.Execute("SELECT @value", 1.5f));

    private int Insert(int id, string name) => _statements.Execute("INSERT INTO things (id, name) VALUES (@id, @name)", id, name);

    private (string Type, string Bytes) ReadStored(int id) =>
        ((string)_connection.Run($"SELECT typeof(value) FROM things WHERE id = {id}")!, (string)_connection.Run($"SELECT hex(value) FROM things WHERE id = {id}")!);
}
