using LlmOrc.Workflows.Agents.Watching;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xunit;

namespace LlmOrc.Workflows.Tests.Progress;

public sealed class LiveTreeTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddSeconds(2));
    private readonly RunView _view = new("run-1", Graph());
    private long _sequence;

    [Fact]
    public void A_turn_is_shown_with_its_words_and_then_with_what_it_cost()
    {
        Begin();
        Turn(2, "ada");
        _view.Apply(new InstanceEvent.Token(2, 1, 0, "The first line.\nThe second li"));
        Turn(3, "bob");
        Settle(3, "bob");
        Happen(new ActivityCompleted { ExecutionId = 3, Outcomes = ["Done"] }, 2);

        Assert.Equal(
            [
                "work  run-1",
                "├─ ⠋ ada (turn)  1.0 s  The second li",
                "└─ ✓ bob (turn)  model-1 · 1,200 + 34 tokens · $0.0012 · 1.0 s",
                "2 calls · 1,200 + 34 tokens · $0.0012 · 2.0 s",
            ],
            Lines());
    }

    [Fact]
    public void Several_agents_in_one_activity_go_by_its_name_and_what_only_prepares_for_them_is_not_shown()
    {
        Begin();
        Happen(new ActivityScheduled { ExecutionId = 2, ActivityId = "open", ParentId = 1 }, 0);
        Happen(new ActivityStarted { ExecutionId = 2, ActivityId = "open", Attempt = 1 }, 0);
        Happen(new ActivityScheduled { ExecutionId = 3, ActivityId = "experts", ParentId = 1 }, 0);
        Happen(new ActivityStarted { ExecutionId = 3, ActivityId = "experts", Attempt = 1, Call = Call(3, "ada") }, 1);
        Happen(new CallReserved { ExecutionId = 3, Call = Call(3, "bob") with { Id = "call-4" } }, 1);

        Assert.Equal(["work  run-1", "└─ ⠋ experts  1.0 s", "2 calls · 0 + 0 tokens · $0 · 2.0 s"], Lines());
    }

    [Fact]
    public void A_failed_turn_says_why()
    {
        Begin();
        Turn(2, "ada");
        Happen(new ActivityFaulted { ExecutionId = 2, Failure = new() { Type = "Down", Message = "Nobody\nis there." } }, 2);

        Assert.Equal("└─ ✗ ada (turn)  1.0 s  Nobody is there.", Lines()[1]);
    }

    [Fact]
    public void Another_attempt_forgets_what_the_first_one_said()
    {
        Begin();
        Turn(2, "ada");
        _view.Apply(new InstanceEvent.Token(2, 1, 0, "Half a sen"));
        _view.Apply(new InstanceEvent.Restarted(2, 2));
        _view.Apply(new InstanceEvent.Token(2, 2, 0, "Again"));

        Assert.EndsWith("  Again", Lines()[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(37)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_line_is_wider_than_the_window_and_the_newest_words_stay_visible(int width)
    {
        Begin();
        Turn(2, "ada");
        _view.Apply(new InstanceEvent.Token(2, 1, 0, string.Concat(Enumerable.Repeat("漢字 and words 🙂 ", 40)) + "newest"));

        var lines = Lines(width);

        Assert.All(lines, line => Assert.True(new Segment(line).CellCount() < width, line));
        if (width >= 37)
            Assert.EndsWith("newest", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(24)]
    public void Many_turns_never_fill_more_than_the_window(int height)
    {
        Begin();
        for (var i = 2; i < 502; i++)
        {
            Turn(i, $"agent-{i}");
            if (i % 100 != 0)
                Happen(new ActivityCompleted { ExecutionId = i, Outcomes = ["Done"] }, 1);
        }

        var lines = Lines(height: height);

        Assert.True(lines.Count <= Math.Max(height - 1, 5), $"{lines.Count} lines");
        Assert.Contains("more, of which 495 done", lines[1], StringComparison.Ordinal);
        if (height == 24)
            Assert.Equal(5, lines.Count(l => l.Contains('⠋')));
    }

    [Fact]
    public void What_a_model_says_cannot_control_the_terminal()
    {
        Begin();
        Turn(2, "a\x1b[31mda");
        _view.Apply(new InstanceEvent.Token(2, 1, 0, "\x1b[2J\x1b]0;x\a[red]text[/]\u202e"));

        var line = Lines()[1];

        Assert.EndsWith("[red]text[/]", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, c => char.IsControl(c) || c == '\u202e');
    }

    [Fact]
    public void Composites_and_lines_without_effect_are_not_shown()
    {
        Begin();
        Happen(new ActivityScheduled { ExecutionId = 2, ActivityId = "root", ParentId = 1 }, 0);
        Happen(new ActivityStarted { ExecutionId = 2, ActivityId = "root", Attempt = 1 }, 0);

        Assert.Equal(["work  run-1", "no calls · 2.0 s"], Lines());
    }

    private void Begin()
    {
        Happen(
            new InstanceStarted { DefinitionId = "work", DefinitionVersionId = "v", DefinitionVersion = 1, DocumentHash = "h", Input = Values.EmptyObject }, 0);
        Happen(new ActivityScheduled { ExecutionId = 1, ActivityId = "workflow", ParentId = 0 }, 0);
    }

    private void Turn(long id, string agent)
    {
        Happen(new ActivityScheduled { ExecutionId = id, ActivityId = "turn", ParentId = 1 }, 0);
        Happen(
            new ActivityStarted
            {
                ExecutionId = id,
                ActivityId = "turn",
                Attempt = 1,
                Inputs = new Dictionary<string, System.Text.Json.JsonElement> { ["agent"] = Values.From(agent) },
                Call = Call(id, agent),
            }, 1);
    }

    private void Settle(long id, string agent) => Happen(
        new CallSettled
        {
            ExecutionId = id,
            Call = Call(id, agent) with { Model = "model-1", PromptTokens = 1200, CompletionTokens = 34, Cost = 0.0012m, Status = MeteredCallStatus.Settled },
        }, 2);

    private static MeteredCall Call(long id, string agent) => new() { Id = $"call-{id}", ExecutionId = id, Attempt = 1, Step = "reply", Agent = agent };

    private void Happen(JournalEntry entry, double second) =>
        _view.Apply(new InstanceEvent.Committed(entry with { Sequence = ++_sequence, Time = Start.AddSeconds(second) }));

    private List<string> Lines(int width = 100, int height = 24)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = width;
        console.Profile.Height = height;
        console.Profile.Capabilities.Unicode = true;
        console.Write(new LiveTree(_view, _time));
        return [.. writer.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
    }

    private static WorkflowGraph Graph() => new(new()
    {
        Id = "workflow",
        Type = "Elsa.Workflow",
        Children = [new() { Id = "root", Type = "Elsa.Sequence", Children = 
        [
            new() { Id = "turn", Type = "LlmOrc.AgentTurn" },
            new() { Id = "open", Type = "LlmOrc.StartConversation", Descriptor = new() { TypeName = "LlmOrc.StartConversation", DisplayName = "Start", Category = "Conversations", HasEffect = true } },
            new() { Id = "experts", Type = "LlmOrc.Broadcast", Descriptor = new() { TypeName = "LlmOrc.Broadcast", DisplayName = "Broadcast", Category = "Conversations", HasEffect = true, IsMetered = true } },
        ] }],
    })
    {
        DefinitionId = "work",
        VersionId = "v",
        DocumentHash = "h",
    };
}
