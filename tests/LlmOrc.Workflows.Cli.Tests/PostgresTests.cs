using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace LlmOrc.Workflows.Tests;

/// <summary>The program on a PostgreSQL database instead of a file.</summary>
public sealed class PostgresTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-orc-").FullName;

    [Fact]
    public async Task Runs_are_kept_in_the_database_that_the_environment_names()
    {
        var address = await server.NewDatabaseAsync(TestContext.Current.CancellationToken);

        var run = await EndAsync(address, "run", "pr-review", "--sample", "--model", "simulated", "--id", "review", "--json");

        Assert.Equal(ExitCode.Finished, run.ExitCode);
        Assert.Contains("review", (await EndAsync(address, "list", "--json")).Output, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL database 'postgres' on", (await EndAsync(address, "doctor")).Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Equal(ExitCode.NotFound, (await EndAsync(address, "show", "review", "--data", Path.Combine(_folder, "other"))).ExitCode);
    }

    [Theory]
    [InlineData("postgres://user:very-secret@/", ExitCode.BadInput)]
    [InlineData("Host=localhost;Passwrd=very-secret", ExitCode.BadInput)]
    [InlineData("postgres://user:very-secret@127.0.0.1:1/none", ExitCode.StoreUnavailable)]
    public async Task A_database_that_cannot_be_used_is_told_without_its_password(string address, object exitCode)
    {
        var ended = await EndAsync(address, "list");

        Assert.Equal(exitCode, ended.ExitCode);
        Assert.NotEmpty(ended.Error);
        Assert.DoesNotContain("very-secret", ended.Output + ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<Ended> EndAsync(string address, params string[] args)
    {
        using var process = LlmOrcProcess.Start(RepositoryRoot.Path, _folder, ("LLM_ORC_DATABASE", address), args);
        return await process.EndAsync();
    }
}
