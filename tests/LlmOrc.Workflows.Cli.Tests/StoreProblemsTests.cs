using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests;

public sealed class StoreProblemsTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task A_file_that_is_no_database_is_left_alone_and_told()
    {
        Directory.CreateDirectory(_line.Data);
        var path = Path.Combine(_line.Data, "llm-orc.db");
        await File.WriteAllTextAsync(path, "This is a diary, not a database. It is long enough to have a header of its own, and more than that.", TestContext.Current.CancellationToken);

        foreach (var command in (string[][])[["list"], ["show", "x"], ["resume", "x"], ["cancel", "x"]])
        {
            var ended = await _line.RunAsync(command);

            Assert.Equal(ExitCode.StoreUnavailable, ended.ExitCode);
            Assert.Contains("is not a SQLite database", ended.Error, StringComparison.Ordinal);
            Assert.Empty(ended.Output);
        }

        Assert.StartsWith("This is a diary", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_a_file_is_told()
    {
        await File.WriteAllTextAsync(_line.Data, "a file", TestContext.Current.CancellationToken);

        var ended = await _line.RunAsync("list");

        Assert.Equal(ExitCode.StoreUnavailable, ended.ExitCode);
    }

    [Fact]
    public async Task A_new_data_folder_is_for_its_owner_only()
    {
        await _line.RunAsync("list");

        // Windows has no such modes.
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_line.Data));
    }

    public void Dispose() => _line.Dispose();
}
