using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Tests.ControlFlow.Reference;
using FlowEvent = LlmOrc.Workflows.ControlFlow.FlowEvent;
using Told = LlmOrc.Workflows.Tests.ControlFlow.Reference.FlowEvent;

namespace LlmOrc.Workflows.Tests.ControlFlow;

/// <summary>The engine's flowchart reducer, driven as the engine drives it: commands in order, a first-in-first-out queue, one event at a time.</summary>
internal sealed class FlowchartReducer : IFlowchartUnderTest
{
    private static readonly Dictionary<string, ActivityDescriptor> Descriptors = ControlFlowDescriptors.All.ToDictionary(d => d.TypeName);

    private static readonly ActivityDescriptor Leaf = new() { TypeName = "Test.Leaf", Category = "Test", DisplayName = "Leaf" };

    public FlowRun Run(ReferenceGraph graph, CompletionChooser? chooser) => new OneRun(graph, chooser).Run();

    public static ActivityNode Flowchart(ReferenceGraph graph)
    {
        var nodes = graph.Nodes.ToDictionary(n => n.Id, Node);
        var flowchart = new ActivityNode
        {
            Id = "$flowchart",
            Type = "Elsa.Flowchart",
            Descriptor = Descriptors["Elsa.Flowchart"],
            Children = [.. graph.Nodes.Select(n => nodes[n.Id])],
            // The document reader drops connections of activities that do not exist.
            Connections = [.. graph.Connections.Where(c => nodes.ContainsKey(c.Source) && nodes.ContainsKey(c.Target)).Select(c => new Connection(nodes[c.Source], c.Outcome, nodes[c.Target], c.TargetPort ?? "In"))],
        };
        _ = new WorkflowGraph(flowchart) { DefinitionId = "generated", VersionId = "1", DocumentHash = "" };
        return flowchart;
    }

    private static ActivityNode Node(ReferenceNode node)
    {
        var type = node.Kind switch
        {
            ReferenceNodeKind.Start => "Elsa.Start",
            ReferenceNodeKind.FlowJoin => "Elsa.FlowJoin",
            ReferenceNodeKind.Terminal => "Elsa.End",
            _ => Leaf.TypeName,
        };
        return new()
        {
            Id = node.Id,
            Type = type,
            Descriptor = Descriptors.GetValueOrDefault(type, Leaf),
            CanStartWorkflow = node.CanStartWorkflow,
            Inputs = node.Kind == ReferenceNodeKind.FlowJoin
                ? new Dictionary<string, InputBinding> { ["mode"] = new("mode", "FlowJoinMode", Expression.Of(node.JoinMode.ToString())) }
                : new Dictionary<string, InputBinding>(),
        };
    }

    private sealed class OneRun(ReferenceGraph graph, CompletionChooser? chooser)
    {
        private readonly ActivityNode _flowchart = Flowchart(graph);
        private readonly FlowchartActivity _reducer = new();
        private readonly Queue<FlowCommand> _pending = new();
        private readonly Queue<(ActivityNode Node, int Tag)> _ready = new();
        private readonly List<(ActivityNode Node, int Tag, IReadOnlyList<string> Outcomes)> _running = [];
        private readonly Dictionary<string, int> _visits = [];
        private readonly List<Told> _events = [];
        private FlowState? _state;
        private FlowEnd? _end;
        private FlowFault _fault;

        public FlowRun Run()
        {
            Feed(new FlowEvent.Entered(new Dictionary<string, System.Text.Json.JsonElement>(), _flowchart.Children.FirstOrDefault(n => n.Id == graph.TriggeredBy)));
            var choices = 0;
            for (var steps = 0; _end is null && steps < ReferenceFlowchart.StepLimit; steps++)
            {
                if (_pending.TryDequeue(out var command))
                    CarryOut(command);
                else if (_ready.TryDequeue(out var next))
                    Start(next.Node, next.Tag);
                else if (_running.Count > 0)
                    Complete(chooser!(choices++, [.. _running.Select(r => r.Node.Id)]));
                else
                    _end = FlowEnd.Stuck;
            }

            return _end == FlowEnd.Faulted ? new(_events, FlowEnd.Faulted, _fault) : new(_events, _end ?? FlowEnd.StepLimit);
        }

        private void Feed(FlowEvent @event)
        {
            var step = _reducer.Step(_flowchart, _state, @event);
            _state = step.State;
            foreach (var command in step.Commands)
                _pending.Enqueue(command);
        }

        private void CarryOut(FlowCommand command)
        {
            switch (command)
            {
                case FlowCommand.Schedule schedule:
                    _ready.Enqueue((schedule.Child, schedule.Tag));
                    break;
                case FlowCommand.Cancel cancel:
                    Cancel(r => cancel.Children.Contains(r.Node));
                    break;
                case FlowCommand.Complete:
                    Cancel(_ => true);
                    _end = FlowEnd.Completed;
                    break;
                case FlowCommand.Fault:
                    (_end, _fault) = (FlowEnd.Faulted, FlowFault.IllegalBackwardConnection);
                    break;
            }
        }

        private void Cancel(Func<(ActivityNode Node, int Tag, IReadOnlyList<string> Outcomes), bool> which)
        {
            foreach (var canceled in _running.Where(which).ToArray())
            {
                _running.Remove(canceled);
                _events.Add(new(FlowEventKind.Canceled, canceled.Node.Id));
                Feed(new FlowEvent.ChildCanceled(canceled.Node, canceled.Tag));
            }
        }

        private void Start(ActivityNode node, int tag)
        {
            var scripted = graph.Node(node.Id);
            var visit = _visits[node.Id] = _visits.GetValueOrDefault(node.Id) + 1;
            _events.Add(new(FlowEventKind.Started, node.Id));
            _running.Add((node, tag, visit <= scripted.Visits.Count ? scripted.Visits[visit - 1] : []));
            var staysRunning = chooser is not null && scripted is { Kind: ReferenceNodeKind.Ordinary, CompletesAtOnce: false };
            if (!staysRunning)
                Complete(_running.Count - 1);
        }

        private void Complete(int index)
        {
            var (node, tag, outcomes) = _running[index];
            _running.RemoveAt(index);
            _events.Add(new(FlowEventKind.Completed, node.Id));
            Feed(new FlowEvent.ChildCompleted(node, tag, outcomes));
        }
    }
}
