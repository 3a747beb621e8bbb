namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Where the PostgreSQL database is.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>
    /// The database, which must exist: <c>postgres://user:password@host:5432/name</c>, or as Npgsql writes it,
    /// <c>Host=…;Database=…;Username=…;Password=…</c>. Required. What it does not say is set so: 32 connections at most, statements stay
    /// prepared, the server ends a transaction that a lost process left open after a minute.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>How a person knows the database: its name and host, no secrets. Only where <see cref="FindProblem"/> finds none.</summary>
    public string Place => PostgresAddress.PlaceOf(PostgresAddress.Parse(ConnectionString));

    /// <summary>What is wrong with the options, without their secrets; null where nothing is.</summary>
    public string? FindProblem()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString))
        {
            return "The PostgreSQL store needs a ConnectionString: the database, e.g. postgres://user:password@host:5432/llm_orc.";
        }

        try
        {
            PostgresAddress.Parse(ConnectionString);
            return null;
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
