using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Keys;

/// <summary>Keys of the server, managed in the terminal.</summary>
public sealed class KeysCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    private IReadOnlyList<ApiKey> Kept => new ApiKeyFile(_line.Data, TimeProvider.System).Read();

    [Fact]
    public async Task A_key_is_the_whole_standard_output_and_kept_as_a_hash_only()
    {
        var ended = await _line.RunAsync("keys", "create", "ci", "--permission", Permission.StartWorkflows, "--permission", Permission.ReadRuns, "--expires", "90");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        var text = ended.Output.TrimEnd('\n');
        var key = Assert.Single(Kept);
        Assert.True(key.Matches(text));
        Assert.Equal(key.Id, ApiKey.IdOf(text));
        Assert.Equal(("ci", TimeSpan.FromDays(90)), (key.Name, key.Expires - key.Created));
        Assert.Equal([Permission.StartWorkflows, Permission.ReadRuns], key.Permissions);
        var file = Path.Combine(_line.Data, "keys.json");
        Assert.DoesNotContain(text.Split('_')[2], await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_line.Data));
        }
    }

    [Fact]
    public async Task Keys_are_listed_without_being_shown_and_revoked_once()
    {
        var made = (await _line.RunAsync("keys", "create", "ops", "--permission", "*", "--json")).Json;
        var (id, text) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);

        var listed = await _line.RunAsync("keys", "list");
        Assert.StartsWith($"{id}\tops\t*\tgood\t", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Split('_')[2], listed.Output, StringComparison.Ordinal);
        Assert.Contains("ops) revoked", (await _line.RunAsync("keys", "revoke", id)).Output, StringComparison.Ordinal);
        Assert.Contains("was revoked before", (await _line.RunAsync("keys", "revoke", id)).Output, StringComparison.Ordinal);
        Assert.Contains("\trevoked ", (await _line.RunAsync("keys", "list")).Output, StringComparison.Ordinal);
        Assert.True((await _line.RunAsync("keys", "list", "--json")).Json[0].TryGetProperty("revoked", out _));
        Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("keys", "revoke", "nobody")).ExitCode);
    }

    [Theory]
    [InlineData("without permissions", "ci")]
    [InlineData("no permission", "ci", "--permission", "read runs")]
    [InlineData("--expires", "ci", "--permission", "*", "--expires", "0")]
    [InlineData("name", " ", "--permission", "*")]
    public async Task What_makes_no_key_is_told(string told, params string[] args)
    {
        var ended = await _line.RunAsync(["keys", "create", .. args]);

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task A_permission_that_no_route_asks_for_is_noted()
    {
        var ended = await _line.RunAsync("keys", "create", "ci", "--permission", "read:workflow-instance");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("Did you mean read:workflow-instances?", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_keys_are_told_and_left_alone()
    {
        Directory.CreateDirectory(_line.Data);
        var file = Path.Combine(_line.Data, "keys.json");
        foreach (var content in (string[])["{", """{"format":2,"keys":[]}""", """{"format":1}""", """{"format":1,"keys":[{"id":"x"}]}""", """{"format":1,"keys":[{"id":"x","name":"x","sha256":"zz","permissions":[],"created":"2026-01-01T00:00:00Z"}]}"""])
        {
            await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

            foreach (var args in (string[][])[["list"], ["create", "ci", "--permission", "*"], ["revoke", "x"]])
                Assert.Equal(ExitCode.StoreUnavailable, (await _line.RunAsync(["keys", .. args])).ExitCode);
            Assert.Equal(content, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Many_who_change_keys_at_once_lose_none()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => _line.RunAsync("keys", "create", $"k{n}", "--permission", "*"))));

        Assert.All(all, e => Assert.Equal(ExitCode.Finished, e.ExitCode));
        Assert.Equal(20, Kept.Select(k => k.Name).Distinct().Count());
    }

    public void Dispose() => _line.Dispose();
}
