using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Agents;

/// <summary>Agents and models as lists.</summary>
public sealed class ListTests : IDisposable
{
    private readonly CommandLine _line = new();

    public ListTests() => _line.WriteSettings(agentModel: "local");

    [Fact]
    public async Task Agents_are_listed_with_what_plays_them()
    {
        var ended = await _line.RunAsync("agents");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal("ada\tYou are Ada.\tlocal (llama3)\tollama\t$0.5 + $2 /M\nbob\tYou are Bob.\tdefault (simulated)\tsimulated\t–\n", ended.Output);
        var ada = (await _line.RunAsync("agents", "--json")).Json[0];
        Assert.Equal(("ada", "local", "llama3"), (ada.GetProperty("name").GetString(), ada.GetProperty("profile").GetString(), ada.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task Models_are_listed_with_who_uses_them()
    {
        Assert.Contains("local\tollama\tllama3\thttp://127.0.0.1:9\t$0.5 + $2 /M\tada\n", (await _line.RunAsync("models")).Output, StringComparison.Ordinal);
        Assert.Equal(["default", "local"], (await _line.RunAsync("models", "--json")).Json.EnumerateArray().Select(m => m.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(120)]
    public async Task A_table_fits_its_terminal(int width)
    {
        _line.Width = width;

        foreach (var command in (string[])["agents", "models"])
        {
            var ended = await _line.RunAsync(command);
            Assert.All(ended.Output.Split('\n'), line => Assert.InRange(line.Length, 0, width));
            Assert.Contains("local", ended.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Settings_with_errors_are_told()
    {
        _line.Write("llm-orc.json", "{ \"agent\": {} }");

        var ended = await _line.RunAsync("agents", "--json");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains("Did you mean 'agents'?", ended.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _line.Dispose();
}
