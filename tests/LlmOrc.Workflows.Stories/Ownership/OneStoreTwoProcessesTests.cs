using System.Globalization;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Ownership;

/// <summary>Two programs on one store: one drives a run, the others watch.</summary>
public sealed class OneStoreTwoProcessesTests : IAsyncLifetime
{
    private const string Id = "shared";
    private const string Watches = "drives the run; watching it";

    private readonly StoryFolder _folder = new();
    private FakeOllama _ollama = null!;

    public async ValueTask InitializeAsync()
    {
        _ollama = await FakeOllama.StartAsync();
        _folder.UseOllama(_ollama.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await _ollama.DisposeAsync();
    }

    [Fact]
    public async Task A_second_resume_of_a_living_run_names_its_owner_and_watches_it_to_the_end()
    {
        var model = Hold(new());
        var first = _folder.Start("run", "pr-review", "--sample", "--id", Id);
        await model.ReceivedAsync(3);

        var second = _folder.Start("resume", Id);
        var said = await second.ErrorLineAsync(Watches);
        Assert.Contains($"Process {first.Id.ToString(CultureInfo.InvariantCulture)} on", said);
        model.Release();

        var (one, other) = (await first.EndAsync(), await second.EndAsync());
        Assert.Equal((0, 0), (one.ExitCode, other.ExitCode));
        Assert.Contains("as You summarise code reviews", one.Output);
        Assert.Contains("as You summarise code reviews", other.Output);
        Assert.Equal(4, _ollama.Calls.Count);
        Assert.Distinct(_ollama.Calls.Select(c => c.System));
    }

    [Fact]
    public async Task A_watcher_ends_with_the_exit_code_of_the_run_it_watches()
    {
        var model = Hold(new() { Answer = exchange => { exchange.Break(); return Task.CompletedTask; } });
        var first = _folder.Start("run", "pr-review", "--sample", "--id", Id);
        await model.ReceivedAsync(3);
        var second = _folder.Start("resume", Id);
        await second.ErrorLineAsync(Watches);
        model.Release();

        Assert.Equal((1, 1), ((await first.EndAsync()).ExitCode, (await second.EndAsync()).ExitCode));
        Assert.Equal(3, _ollama.Calls.Count);
    }

    [Fact]
    public async Task A_run_whose_owner_was_killed_is_taken_over_at_once()
    {
        var held = Hold(new());
        var first = _folder.Start("run", "pr-review", "--sample", "--id", Id);
        await held.ReceivedAsync(3);
        await first.KillAsync();

        var again = Hold(new());
        var second = _folder.Start("resume", Id);
        // The lease of the dead process has most of its 30 s left: who waited for its end would say so.
        await again.ReceivedAsync(3);
        Assert.DoesNotContain(Watches, second.Error);
        again.Release();

        Assert.Equal(0, (await second.EndAsync()).ExitCode);
        Assert.Equal(3 + 4, _ollama.Calls.Count);
        Assert.Equal(4, _folder.Run(Id).Replies.Count());
    }

    [Fact]
    public async Task A_watcher_goes_on_with_the_run_when_its_owner_is_killed_and_so_does_nobody_else()
    {
        var held = Hold(new());
        var first = _folder.Start("run", "pr-review", "--sample", "--id", Id);
        await held.ReceivedAsync(3);
        var watcher = _folder.Start("resume", Id);
        await watcher.ErrorLineAsync(Watches);
        var again = Hold(new());
        await first.KillAsync();

        var third = _folder.Start("resume", Id);
        await again.ReceivedAsync(3);
        again.Release();

        Assert.Equal((0, 0), ((await third.EndAsync()).ExitCode, (await watcher.EndAsync()).ExitCode));
        Assert.Equal(3 + 4, _ollama.Calls.Count);
        Assert.Equal(4, _folder.Run(Id).Replies.Count());
    }

    [Fact]
    public async Task Of_two_that_resume_a_dead_run_at_once_one_owns_it_and_no_call_is_made_twice()
    {
        var held = Hold(new());
        var first = _folder.Start("run", "pr-review", "--sample", "--id", Id);
        await held.ReceivedAsync(3);
        await first.KillAsync();

        var again = Hold(new());
        var (second, third) = (_folder.Start("resume", Id), _folder.Start("resume", Id));
        await Task.WhenAny(second.ErrorLineAsync(Watches), third.ErrorLineAsync(Watches));
        await again.ReceivedAsync(3);
        again.Release();

        var (one, other) = (await second.EndAsync(), await third.EndAsync());
        Assert.Equal((0, 0), (one.ExitCode, other.ExitCode));
        Assert.Single([one, other], e => e.Error.Contains(Watches, StringComparison.Ordinal));
        Assert.Equal(3 + 4, _ollama.Calls.Count);
        Assert.Distinct(_ollama.Calls.Skip(3).Select(c => c.System));
        Assert.Equal(4, _folder.Run(Id).Replies.Count());
    }

    private HeldModel Hold(HeldModel model)
    {
        _ollama.Script = model.PlayAsync;
        return model;
    }
}
