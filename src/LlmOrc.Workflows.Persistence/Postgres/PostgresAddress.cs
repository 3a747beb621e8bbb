using Npgsql;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Reads how people write the address of a database.</summary>
internal static class PostgresAddress
{
    // A PostgreSQL server has a hundred for all its clients; each of ours serves some thousand commits a second.
    private const int MaxConnections = 32;

    // More than the texts of this project.
    private const int MaxPrepared = 100;

    /// <summary>A URL, or a connection string of Npgsql; with our defaults where it says nothing.</summary>
    /// <exception cref="FormatException">It is neither; the message has no part of it that could be a secret.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = IsUrl(address) ? FromUrl(new Uri(address)) : new(address);
        }
        catch (Exception error) when (error is UriFormatException or ArgumentException or FormatException or KeyNotFoundException)
        {
#pragma warning disable MA0054 // Its message may quote what was written, and so a password.
            throw new FormatException(
#pragma warning restore MA0054
                "The address of the PostgreSQL database cannot be read. Write postgres://user:password@host:5432/name (with %-escapes in user and password), or "
                + "Host=…;Database=…;Username=…;Password=….");
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new FormatException("The address of the PostgreSQL database names no host. Write postgres://user:password@host:5432/name, or Host=…;Database=….");
        }

        SetDefaults(builder);
        return builder;
    }

    /// <summary>How a person knows the database; no secrets.</summary>
    public static string PlaceOf(NpgsqlConnectionStringBuilder builder) =>
        $"The PostgreSQL database '{builder.Database ?? builder.Username}' on {builder.Host}:{builder.Port}";

    private static bool IsUrl(string address) =>
        address.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        var user = url.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder { Host = url.Host };
        if (url.Port > 0)
        {
            builder.Port = url.Port;
        }

        Set("Username", user[0]);
        Set("Password", user.Length > 1 ? user[1] : "");
        Set("Database", url.AbsolutePath.TrimStart('/'));
        foreach (var setting in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = setting.Split('=', 2);
            Set(NameOf(Uri.UnescapeDataString(pair[0])), pair.Length > 1 ? pair[1] : "");
        }

        return builder;

        void Set(string name, string escaped)
        {
            if (escaped.Length > 0)
            {
                var value = Uri.UnescapeDataString(escaped);
                // libpq writes verify-full where Npgsql writes VerifyFull.
                builder[name] = name == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
            }
        }
    }

    /// <summary>The settings that other programs write in such a URL; any other goes by its name in Npgsql.</summary>
    private static string NameOf(string setting) => setting switch
    {
        "user" => "Username",
        "dbname" => "Database",
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        "options" => "Options",
        _ => setting,
    };

    private static void SetDefaults(NpgsqlConnectionStringBuilder builder)
    {
        if (!IsSet("Maximum Pool Size"))
        {
            builder.MaxPoolSize = Math.Max(MaxConnections, builder.MinPoolSize);
        }

        if (!IsSet("Max Auto Prepare"))
        {
            (builder.MaxAutoPrepare, builder.AutoPrepareMinUsages) = (MaxPrepared, 2);
        }

        if (!IsSet("Options"))
        {
            // Otherwise a host that lost its power would keep an instance locked until TCP notices, two hours later.
            builder.Options = "-c idle_in_transaction_session_timeout=60s";
        }

        builder.ApplicationName ??= "llm-orc";
        // Nothing of ours changes a session, and setting it back costs as much as a commit.
        builder.NoResetOnClose = true;

        bool IsSet(string name) => builder.ShouldSerialize(name);
    }
}
