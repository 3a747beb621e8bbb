using LlmOrc.Workflows.Persistence.Postgres;
using Npgsql;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

public sealed class PostgresAddressTests
{
    [Fact]
    public void A_url_says_what_a_connection_string_says()
    {
        var address = PostgresAddress.Parse("postgresql://m%40e:p%3Aw%2F%20d@db.example:6543/my%20runs?sslmode=verify-full&application_name=mine&Maximum%20Pool%20Size=7");

        Assert.Equal(("db.example", 6543, "m@e", "p:w/ d", "my runs"), (address.Host, address.Port, address.Username, address.Password, address.Database));
        Assert.Equal((SslMode.VerifyFull, "mine", 7), (address.SslMode, address.ApplicationName, address.MaxPoolSize));
    }

    [Fact]
    public void A_url_may_name_a_socket()
    {
        var address = PostgresAddress.Parse("postgres:///runs?host=/run/postgresql&user=me");

        Assert.Equal(("/run/postgresql", "me", "runs"), (address.Host, address.Username, address.Database));
    }

    [Fact]
    public void What_is_not_said_has_our_defaults()
    {
        var address = PostgresAddress.Parse("Host=x");

        Assert.Equal((5432, 32, 100, "llm-orc"), (address.Port, address.MaxPoolSize, address.MaxAutoPrepare, address.ApplicationName));
        Assert.Contains("idle_in_transaction_session_timeout", address.Options);
    }

    [Fact]
    public void What_is_said_stays()
    {
        var address = PostgresAddress.Parse("Host=x;Maximum Pool Size=100;Max Auto Prepare=0;Options=-c work_mem=1MB;Application Name=mine");

        Assert.Equal((100, 0, "-c work_mem=1MB", "mine"), (address.MaxPoolSize, address.MaxAutoPrepare, address.Options, address.ApplicationName));
    }
}
