using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Cancel;

public sealed class CancelCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task A_waiting_run_is_cancelled_once()
    {
        _line.WriteQuestion();
        await _line.RunAsync("run", "question", "--id", "asks");

        var first = await _line.RunAsync("cancel", "asks", "--reason", "no need");
        Assert.Equal((ExitCode.Finished, "asks cancelled\n"), (first.ExitCode, first.Output));
        Assert.Contains("Status    cancelled", (await _line.RunAsync("show", "asks")).Output, StringComparison.Ordinal);

        var second = await _line.RunAsync("cancel", "asks");
        Assert.Equal(ExitCode.Refused, second.ExitCode);
        Assert.Contains("over already (cancelled)", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resuming_a_cancelled_run_tells_that_it_was_cancelled()
    {
        _line.WriteQuestion();
        await _line.RunAsync("run", "question", "--id", "asks");
        await _line.RunAsync("cancel", "asks");

        Assert.Equal(ExitCode.Cancelled, (await _line.RunAsync("resume", "asks")).ExitCode);
    }

    [Fact]
    public async Task An_unknown_run_is_not_found() => Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("cancel", "nobody")).ExitCode);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task An_empty_id_is_no_run_not_even_the_only_one(string id)
    {
        _line.WriteQuestion();
        await _line.RunAsync("run", "question", "--id", "only");

        var ended = await _line.RunAsync("cancel", id);

        Assert.Equal(ExitCode.NotFound, ended.ExitCode);
        Assert.Contains("The id is empty", ended.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Waiting, (await _line.RunAsync("resume", "only")).ExitCode);
    }

    public void Dispose() => _line.Dispose();
}
