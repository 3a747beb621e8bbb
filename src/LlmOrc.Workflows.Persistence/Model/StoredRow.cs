using System.Data.Common;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>The row that a reader stands at, in the types that we store.</summary>
/// <param name="restore">Gives a text back as it was, where the database cannot hold every text; null where it can.</param>
internal readonly struct StoredRow(DbDataReader reader, Func<string, string>? restore = null)
{
    public string Text(int column) => restore is null ? reader.GetString(column) : restore(reader.GetString(column));

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public int Int(int column) => reader.GetInt32(column);

    public long Long(int column) => reader.GetInt64(column);

    public decimal Number(int column) => reader.GetDecimal(column);

    public bool Flag(int column) => reader.GetBoolean(column);

    public Guid Id(int column) => reader.GetGuid(column);

    public DateTimeOffset Time(int column) => new(reader.GetInt64(column), TimeSpan.Zero);

    public DateTimeOffset? OptionalTime(int column) => IsNull(column) ? null : Time(column);

    public ReadOnlyMemory<byte> Data(int column) => reader.GetFieldValue<byte[]>(column);

    public bool IsNull(int column) => reader.IsDBNull(column);
}
