using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Show;

public sealed class ShowCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task A_run_is_shown_with_activities_messages_input_and_output()
    {
        _line.WriteGreeting();
        _line.WriteEffect();
        await _line.RunAsync("run", "greeting", "--input", "who=World", "--id", "greets");
        await _line.RunAsync("run", "effect", "--id", "works");

        var greets = (await _line.RunAsync("show", "greets")).Output;
        Assert.Contains("Status    finished", greets, StringComparison.Ordinal);
        Assert.Contains("✓ all  Elsa.Sequence", greets, StringComparison.Ordinal);
        Assert.Contains("  ✓ line  Elsa.WriteLine", greets, StringComparison.Ordinal);
        Assert.Contains("# Input\nWho: World\n", greets, StringComparison.Ordinal);
        Assert.Contains("Greeting: Hello World\n", greets, StringComparison.Ordinal);

        var works = (await _line.RunAsync("show", "work")).Output;
        Assert.Contains("tester (work)  Test.Effect  (test-1 · 10 + 5 tokens · $0.01", works, StringComparison.Ordinal);
        Assert.Contains("# Messages (1)\n1. work → all (reply): work\n", works, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_are_shown_in_full_on_demand()
    {
        _line.WriteEffect();
        _line.World.On("work", (_, _) => Task.FromResult("first line\nsecond line \x1b[31m"));
        await _line.RunAsync("run", "effect", "--id", "works");

        Assert.Contains("(reply): first line …\n", (await _line.RunAsync("show", "works")).Output, StringComparison.Ordinal);
        Assert.Contains("   first line\n   second line \n", (await _line.RunAsync("show", "works", "--messages")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_faulted_run_shows_its_incident_and_how_to_go_on()
    {
        _line.WriteEffect();
        _line.World.On("work", (_, _) => throw new InvalidOperationException("The printer is on fire."));
        await _line.RunAsync("run", "effect", "--id", "works");

        var shown = (await _line.RunAsync("show", "works")).Output;

        Assert.Contains("Status    faulted", shown, StringComparison.Ordinal);
        Assert.Contains("✗ tester (work)", shown, StringComparison.Ordinal);
        Assert.Contains("work (InvalidOperationException): The printer is on fire.", shown, StringComparison.Ordinal);
        Assert.Contains("go on with: llm-orc resume works", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_waiting_run_shows_its_question()
    {
        _line.WriteQuestion();
        await _line.RunAsync("run", "question", "--id", "asks");

        var shown = (await _line.RunAsync("show", "asks")).Output;

        Assert.Contains("# Waits for\nan answer to 'Question' of ask\n    llm-orc answer asks TEXT", shown, StringComparison.Ordinal);
        Assert.Contains("May I?", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_run_is_cut_unless_all_is_asked_for()
    {
        _line.Write("workflows/loop.json", Doc.Of(Doc.Activity(
            "Elsa.For", "loop", ("start", Doc.Literal(1)), ("end", Doc.Literal(300)), ("body", Doc.WriteLine("line"))), id: "loop").Span);
        await _line.RunAsync("run", "loop", "--id", "long");

        var cut = (await _line.RunAsync("show", "long")).Output;
        Assert.Contains("… 101 more; --all shows them", cut, StringComparison.Ordinal);
        Assert.Equal(199, cut.Split("✓ line").Length - 1);
        Assert.Equal(300, (await _line.RunAsync("show", "long", "--all")).Output.Split("✓ line").Length - 1);
    }

    [Fact]
    public async Task A_long_input_is_cut_unless_all_is_asked_for()
    {
        _line.WriteGreeting();
        await _line.RunAsync("run", "greeting", "--id", "long", "--input", "who=" + string.Join('\n', Enumerable.Range(1, 50).Select(i => $"line {i}")));

        Assert.Contains("… 40 more lines; --all shows them", (await _line.RunAsync("show", "long")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("more lines", (await _line.RunAsync("show", "long", "--all")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_everything()
    {
        _line.WriteEffect();
        await _line.RunAsync("run", "effect", "--id", "works");

        var shown = (await _line.RunAsync("show", "works", "--json")).Json;

        Assert.Equal("finished", shown.GetProperty("state").GetString());
        var work = Assert.Single(shown.GetProperty("activities").EnumerateArray(), a => a.GetProperty("activity").GetString() == "work");
        Assert.Equal("done", work.GetProperty("state").GetString());
        Assert.Equal("tester", work.GetProperty("agent").GetString());
        Assert.Equal(10, work.GetProperty("usage").GetProperty("promptTokens").GetInt32());
        Assert.Equal("work", Assert.Single(shown.GetProperty("messages").EnumerateArray()).GetProperty("content").GetString());
        Assert.Equal(0, shown.GetProperty("incidents").GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_run_is_not_found()
    {
        Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("show", "nobody")).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("show", "")).ExitCode);
    }

    public void Dispose() => _line.Dispose();
}
