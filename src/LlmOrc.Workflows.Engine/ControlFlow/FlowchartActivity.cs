using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>
/// A graph of activities in counter mode. A child's outcomes choose which of its connections are followed; every outbound connection
/// is visited either way, so that a join downstream learns of the branches that were not taken (dead-path elimination). An activity
/// with several inbound connections waits for all of them and runs if at least one was followed; a FlowJoin says otherwise by its mode.
/// </summary>
internal sealed class FlowchartActivity : IControlFlow
{
    // How a child was entered comes back with its completion: a pass through a backward connection does not count as a visit.
    private const int Forward = 0;
    private const int Backward = 1;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        var chart = @event is FlowEvent.Entered { TriggeredBy: { } trigger } && trigger.Parent == node
            ? FlowchartAnalysis.Of(node, trigger.ChildIndex)
            : FlowchartAnalysis.Of(node, (state as FlowchartState)?.Start);
        return @event switch
        {
            FlowEvent.Entered when chart.Start < 0 => new(null, FlowCommand.Complete.Done),
            FlowEvent.Entered => new Run(chart, Empty(chart)).Begin(),
            FlowEvent.ChildCompleted { Child.Descriptor.IsTerminal: true } => new(state, FlowCommand.Complete.Done),
            FlowEvent.ChildCompleted done => new Run(chart, ((FlowchartState)state!).Copy()).Completed(done),
            FlowEvent.ChildCanceled canceled => new Run(chart, ((FlowchartState)state!).Copy()).Canceled(canceled.Child),
            _ => FlowStep.Stay(state),
        };
    }

    private static FlowchartState Empty(FlowchartAnalysis chart) =>
        new(chart.Start, new int[chart.Nodes.Count], new int[chart.Nodes.Count], new int[chart.Connections.Length], new bool[chart.Connections.Length]);

    /// <summary>One step: counts on its own copy of the state, and gathers commands.</summary>
    private readonly struct Run(FlowchartAnalysis chart, FlowchartState state)
    {
        private readonly List<FlowCommand> _commands = [];

        public FlowStep Begin()
        {
            Schedule(chart.Start, Forward);
            return new(state, _commands);
        }

        public FlowStep Completed(FlowEvent.ChildCompleted done)
        {
            var child = done.Child.ChildIndex;
            state.Alive[child]--;
            if (Leave(child, done.Outcomes, done.Tag == Forward) is not { } failure)
                return CompleteWhenIdle();

            _commands.Add(new FlowCommand.Fault(failure));
            return new(state, _commands);
        }

        public FlowStep Canceled(ActivityNode child)
        {
            state.Alive[child.ChildIndex]--;
            return CompleteWhenIdle();
        }

        private FlowStep CompleteWhenIdle()
        {
            if (state.Alive.AsSpan().IndexOfAnyExcept(0) < 0)
                _commands.Add(FlowCommand.Complete.Done);
            return new(state, _commands);
        }

        // Visits all outbound connections in order; a target that turns out to be skipped is left in its turn, depth first.
        private Failure? Leave(int node, IReadOnlyList<string> outcomes, bool countsAsVisit)
        {
            var pending = new Stack<(int Node, int Next, IReadOnlyList<string> Outcomes)>();
            if (countsAsVisit)
                state.Visits[node]++;
            pending.Push((node, 0, outcomes));
            while (pending.TryPop(out var at))
            {
                var outbound = chart.Outbound[at.Node];
                if (at.Next == outbound.Length)
                    continue;

                pending.Push(at with { Next = at.Next + 1 });
                var connection = outbound[at.Next];
                var isFollowed = IsChosen(chart.Connections[connection].Port, at.Outcomes);
                if (Visit(connection, isFollowed, out var skipped) is { } failure)
                    return failure;

                if (skipped >= 0)
                {
                    state.Visits[skipped]++;
                    pending.Push((skipped, 0, []));
                }
            }

            return null;
        }

        private Failure? Visit(int connection, bool isFollowed, out int skipped)
        {
            skipped = -1;
            var (source, _, target) = chart.Connections[connection];
            if (chart.IsBackward[connection])
                return isFollowed ? FollowBackward(source, target) : null;

            state.Arrivals[connection]++;
            state.Followed[connection] = isFollowed;
            switch (Decide(target, connection))
            {
                case Decision.Run:
                    Schedule(target, Forward);
                    break;
                case Decision.RunFirst:
                    CancelAncestors(target);
                    Schedule(target, Forward);
                    break;
                case Decision.Skip:
                    skipped = target;
                    break;
                case Decision.Wait:
                    break;
            }

            return null;
        }

        private Failure? FollowBackward(int source, int target)
        {
            if (!chart.Dominates(target, source))
            {
                return new()
                {
                    Type = "BackwardConnectionInvalid",
                    Message = $"The connection from '{chart.Nodes[source].Id}' back to '{chart.Nodes[target].Id}' enters a loop at its side: "
                        + "some path from the start reaches its source without passing its target. Let the loop return to the place where it is entered.",
                };
            }

            Schedule(target, Backward);
            return null;
        }

        private Decision Decide(int target, int arrival)
        {
            var node = chart.Nodes[target];
            var mode = node.Type == FlowJoin ? JoinModes.Of(node, "mode", JoinMode.WaitAny) : JoinMode.WaitAllActive;
            var visits = state.Visits[target];
            var (allVisited, allFollowed, anyFollowed) = (true, true, false);
            foreach (var connection in chart.Inbound[target])
            {
                var isVisited = state.Arrivals[connection] > visits;
                allVisited &= isVisited;
                allFollowed &= isVisited && state.Followed[connection];
                anyFollowed |= isVisited && state.Followed[connection];
            }

            return mode switch
            {
                // The first branch has run it already, and this one comes too late.
                JoinMode.WaitAny when state.Alive[target] > 0 || state.Arrivals[arrival] <= visits => Decision.Wait,
                JoinMode.WaitAny when state.Followed[arrival] => Decision.RunFirst,
                JoinMode.WaitAny => allVisited && !anyFollowed ? Decision.Skip : Decision.Wait,
                JoinMode.WaitAll when allVisited => allFollowed ? Decision.Run : Decision.Skip,
                JoinMode.WaitAllActive when allVisited => anyFollowed ? Decision.Run : Decision.Skip,
                _ => Decision.Wait,
            };
        }

        private void CancelAncestors(int join)
        {
            var ancestors = chart.AncestorsOf(join);
            var alive = new List<ActivityNode>();
            for (var node = 0; node < ancestors.Length; node++)
            {
                if (ancestors[node] && state.Alive[node] > 0)
                    alive.Add(chart.Nodes[node]);
            }

            // How many executions this ends, the engine tells: those that have not started yet may go on.
            if (alive.Count > 0)
                _commands.Add(new FlowCommand.Cancel(alive));
        }

        private void Schedule(int node, int tag)
        {
            state.Alive[node]++;
            _commands.Add(new FlowCommand.Schedule(chart.Nodes[node], tag));
        }

        // "Done" is the default port: an activity that completes without naming outcomes has it.
        private static bool IsChosen(string port, IReadOnlyList<string> outcomes)
        {
            for (var i = 0; i < outcomes.Count; i++)
            {
                if (outcomes[i] == port)
                    return true;
            }

            return false;
        }

        private enum Decision
        {
            Wait,
            Run,
            RunFirst,
            Skip,
        }
    }

    internal const string FlowJoin = "Elsa.FlowJoin";
}
