using LlmOrc.Workflows.Agents.Watching;
using LlmOrc.Workflows.Execution;
using Xunit;
using ExecutionState = LlmOrc.Workflows.Agents.Watching.ExecutionState;

namespace LlmOrc.Workflows.Tests.Progress;

/// <summary>What a view keeps of a run that goes on for long.</summary>
public sealed class RunViewTests
{
    private const int Passes = 100_000;

    private long _sequence;
    private long _executionId = 1;

    [Fact]
    public void Whoever_follows_a_loop_without_effects_holds_its_latest_passes_only()
    {
        var view = new RunView("run", graph: null) { IsForgetful = true };
        Happen(view, new ActivityScheduled { ExecutionId = 1, ActivityId = "loop", ParentId = 0 });
        var most = 0;

        for (var pass = 1; pass <= Passes; pass++)
        {
            Pass(view);
            most = Math.Max(most, view.Executions.Count);
        }

        Assert.InRange(most, 1000, 10_000);
        Assert.Equal(view.Executions.Count - 1, view.Executions.Sum(e => e.Children.Count));
        Assert.NotNull(view.Find(1));
        Assert.NotNull(view.Find(_executionId));
    }

    [Fact]
    public void What_failed_and_what_cost_something_is_kept_with_all_it_is_part_of()
    {
        var view = new RunView("run", graph: null) { IsForgetful = true };
        Happen(view, new ActivityScheduled { ExecutionId = 1, ActivityId = "loop", ParentId = 0 });
        var (around, inner) = (_executionId + 1, _executionId + 2);
        Pass(view, e => Happen(view, new CallSettled { ExecutionId = e, Call = new() { Id = "call", ExecutionId = e, Attempt = 1, Step = "", StartedAt = DateTimeOffset.UnixEpoch } }));
        Pass(view, e => Happen(view, new ActivityFaulted { ExecutionId = e, Failure = new() { Type = "Down", Message = "Down." } }));
        for (var pass = 1; pass <= Passes; pass++)
            Pass(view);

        Assert.Equal("call", Assert.Single(view.Find(inner)!.Calls).Id);
        Assert.Equal(view.Find(inner), Assert.Single(view.Find(around)!.Children));
        Assert.Equal(ExecutionState.Failed, view.Find(around + 3)!.State);
        Assert.InRange(view.Executions.Count, 6, 10_000);
    }

    [Fact]
    public void Whoever_looks_at_a_run_afterwards_sees_all_of_it()
    {
        var view = new RunView("run", graph: null);
        Happen(view, new ActivityScheduled { ExecutionId = 1, ActivityId = "loop", ParentId = 0 });
        for (var pass = 1; pass <= 10_000; pass++)
            Pass(view);

        Assert.Equal(20_001, view.Executions.Count);
    }

    // A sequence with one activity in it.
    private void Pass(RunView view, Action<long>? within = null)
    {
        var (around, inner) = (++_executionId, ++_executionId);
        Begin(around, "around", 1);
        Begin(inner, "inner", around);
        within?.Invoke(inner);
        foreach (var id in (long[])[inner, around])
        {
            if (view.Find(id)!.State != ExecutionState.Failed)
                Happen(view, new ActivityCompleted { ExecutionId = id, Outcomes = ["Done"] });
        }

        void Begin(long id, string activity, long parent)
        {
            Happen(view, new ActivityScheduled { ExecutionId = id, ActivityId = activity, ParentId = parent });
            Happen(view, new ActivityStarted { ExecutionId = id, ActivityId = activity, Attempt = 1 });
        }
    }

    private void Happen(RunView view, JournalEntry entry)
    {
        entry.Sequence = ++_sequence;
        view.Apply(new InstanceEvent.Committed(entry));
    }
}
