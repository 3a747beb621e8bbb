using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Weather;

public sealed class FullDiskTests : IAsyncLifetime
{
    private const string Id = "cramped";
    private const string NoSpace = "There is no space left for";

    private SmallDisk? _disk;
    private StoryFolder? _folder;

    private SmallDisk Disk => _disk!;

    private StoryFolder Folder => _folder!;

    public async ValueTask InitializeAsync()
    {
        _disk = await SmallDisk.TryMakeAsync(megabytes: 4);
        if (_disk is not null)
            _folder = new(Path.Combine(_disk.Folder, "data"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is not null)
            await _folder.DisposeAsync();
        if (_disk is not null)
            await _disk.DisposeAsync();
    }

    [Fact]
    public async Task A_run_that_finds_the_disk_full_is_not_begun()
    {
        Assert.SkipWhen(_disk is null, "A small file system takes root.");
        Assert.Equal(0, (await ReviewAsync("before", "simulated")).ExitCode);
        Disk.Fill();

        var full = await ReviewAsync(Id, "simulated");

        Assert.Equal(5, full.ExitCode);
        Assert.Contains(NoSpace, full.Error);
        // A reader needs a little space too.
        Disk.Free();
        Assert.Equal("ok", StoredRun.CheckIntegrity(Folder.Database));
        Assert.Equal("finished", Folder.Run("before").Status);
        Assert.Null(Folder.FindRun(Id));
        Assert.Equal(0, (await ReviewAsync(Id, "simulated")).ExitCode);
    }

    [Fact]
    public async Task A_disk_that_fills_up_in_the_middle_and_is_freed_costs_a_run_nothing()
    {
        Assert.SkipWhen(_disk is null, "A small file system takes root.");
        await using var ollama = await FakeOllama.StartAsync();
        var held = new HeldModel();
        ollama.Script = held.PlayAsync;
        Folder.UseOllama(ollama.Address);
        var run = Folder.Start("run", "pr-review", "--sample", "--id", Id, "--verbose");
        await held.ReceivedAsync(3);
        Disk.Fill();
        held.Release();

        await run.ErrorLineAsync("trying again");
        Disk.Free();

        Assert.Equal(0, (await run.EndAsync()).ExitCode);
        Assert.Equal(4, ollama.Calls.Count);
        Assert.Equal(4, Folder.Run(Id).Replies.Count());
        Assert.Equal("ok", StoredRun.CheckIntegrity(Folder.Database));
    }

    [Fact]
    public async Task A_disk_that_stays_full_parks_the_run_with_a_clear_message()
    {
        Assert.SkipWhen(_disk is null, "A small file system takes root.");
        await using var ollama = await FakeOllama.StartAsync();
        var held = new HeldModel();
        ollama.Script = held.PlayAsync;
        Folder.UseOllama(ollama.Address);
        var run = Folder.Start("run", "pr-review", "--sample", "--id", Id);
        await held.ReceivedAsync(3);
        Disk.Fill();
        held.Release();

        // It tries for half a minute.
        var full = await run.EndAsync();
        Assert.Equal(5, full.ExitCode);
        Assert.Contains(NoSpace, full.Error);

        Disk.Free();
        Assert.Equal("ok", StoredRun.CheckIntegrity(Folder.Database));
        Assert.Equal(0, (await Folder.RunAsync("resume", Id)).ExitCode);
        Assert.Equal(4, Folder.Run(Id).Replies.Count());
        // The replies that the store could not take are asked for again, and nothing else.
        Assert.InRange(ollama.Calls.Count, 4, 3 + 4);
    }

    private Task<EndedProcess> ReviewAsync(string id, string model) => Folder.RunAsync("run", "pr-review", "--sample", "--id", id, "--model", model);
}
