using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>
/// One statement that writes, as SQLite itself holds it. A command of the ADO.NET provider looks its parameters up by name, makes a reader and
/// times each run: of a small statement that is most of the cost, and a commit runs a dozen of them. Values are stored as the provider stores them.
/// </summary>
internal sealed class PreparedStatement : IDisposable
{
    // SQLite keeps a copy of what was bound last: more than this is not held until the statement runs again.
    private const int MaxKeptBytes = 64 * 1024;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = new byte[256];
    private bool _isLarge;

    public PreparedStatement(sqlite3 database, string sql)
    {
        _database = database;
        ThrowIfFailed(sqlite3_prepare_v3(database, sql, SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Runs it; values are given in the order in which its text first names them, which is how SQLite numbers them.</summary>
    /// <returns>Whether it came to a row.</returns>
    public bool Run(ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ThrowIfFailed(Bind(i + 1, values[i]));
        }

        try
        {
            var result = sqlite3_step(_statement);
            if (result is not (SQLITE_ROW or SQLITE_DONE))
            {
                ThrowIfFailed(result);
            }

            return result == SQLITE_ROW;
        }
        finally
        {
            _ = sqlite3_reset(_statement);
            if (_isLarge)
            {
                _ = sqlite3_clear_bindings(_statement);
                _isLarge = false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private int Bind(int place, object? value) => value switch
    {
        null => sqlite3_bind_null(_statement, place),
        string text => Bind(place, text),
        long number => sqlite3_bind_int64(_statement, place, number),
        int number => sqlite3_bind_int64(_statement, place, number),
        bool flag => sqlite3_bind_int64(_statement, place, flag ? 1 : 0),
        DateTimeOffset time => sqlite3_bind_int64(_statement, place, time.UtcTicks),
        ReadOnlyMemory<byte> data => Bind(place, data.Span),
        byte[] data => Bind(place, data.AsSpan()),
        Guid id => Bind(place, id.ToString().ToUpperInvariant()),
        decimal number => Bind(place, number.ToString("0.0###########################", CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"A {value.GetType().Name} has no stored form.", nameof(value)),
    };

    private int Bind(int place, ReadOnlySpan<byte> data)
    {
        _isLarge |= data.Length > MaxKeptBytes;
        return sqlite3_bind_blob(_statement, place, data);
    }

    private int Bind(int place, string text)
    {
        // An empty span has no address, and SQLite would take it for NULL.
        if (text.Length == 0)
        {
            return sqlite3_bind_text(_statement, place, text);
        }

        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (size > MaxKeptBytes)
        {
            _isLarge = true;
            return sqlite3_bind_text(_statement, place, Encoding.UTF8.GetBytes(text));
        }

        if (size > _text.Length)
        {
            _text = new byte[size];
        }

        return sqlite3_bind_text(_statement, place, _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text)));
    }

    private void ThrowIfFailed(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
