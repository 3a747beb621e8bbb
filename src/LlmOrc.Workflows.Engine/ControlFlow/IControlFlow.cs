using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>
/// A composite or control-flow activity as a pure reducer: one event at a time in journal order, no I/O, no clock, no services.
/// The fold itself calls it, so the same journal always gives the same state.
/// </summary>
public interface IControlFlow
{
    /// <param name="node">The node that is executing.</param>
    /// <param name="state">What the last step returned; null on <see cref="FlowEvent.Entered"/>. Never mutated.</param>
    FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event);

    /// <summary>Whether a Break below stops here.</summary>
    bool HandlesBreak => false;

    /// <summary>Whether a Complete below ends this one.</summary>
    bool HandlesComplete => false;
}

/// <summary>What a step returned: the next state and what the engine shall do, in order.</summary>
public readonly record struct FlowStep(FlowState? State, params IReadOnlyList<FlowCommand> Commands)
{
    public static FlowStep Stay(FlowState? state) => new(state, []);
}

/// <summary>The explicit state of a composite execution: small, immutable, stored in the snapshot under a type tag of our own.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(SequenceState), "sequence")]
[JsonDerivedType(typeof(CountState), "count")]
[JsonDerivedType(typeof(LoopState), "loop")]
[JsonDerivedType(typeof(SwitchState), "switch")]
[JsonDerivedType(typeof(FlowchartState), "flowchart")]
public abstract record FlowState;

/// <summary>What a reducer is told.</summary>
public abstract record FlowEvent
{
    private FlowEvent()
    {
    }

    /// <summary>The execution started; its inputs (those not lazy) are evaluated. <paramref name="TriggeredBy"/> is the trigger that started the instance, if one did.</summary>
    public sealed record Entered(IReadOnlyDictionary<string, JsonElement> Inputs, ActivityNode? TriggeredBy = null) : FlowEvent;

    /// <summary>A child completed with these outcomes.</summary>
    public sealed record ChildCompleted(ActivityNode Child, int Tag, IReadOnlyList<string> Outcomes) : FlowEvent;

    /// <summary>A child was cancelled, by a command of this reducer or by somebody else.</summary>
    public sealed record ChildCanceled(ActivityNode Child, int Tag) : FlowEvent;

    /// <summary>An expression it asked for has this value.</summary>
    public sealed record Evaluated(int Key, JsonElement Value) : FlowEvent;

    /// <summary>Asking for <see cref="FlowCommand.Evaluate"/> with this key failed, and an operator retries it: ask again.</summary>
    public sealed record Retried(int Key) : FlowEvent;

    /// <summary>A Break below it was executed; a loop notes it.</summary>
    public sealed record BreakRaised : FlowEvent;
}

/// <summary>What a reducer may ask for: a closed set.</summary>
public abstract record FlowCommand
{
    private FlowCommand()
    {
    }

    /// <summary>Schedules a child. Its completion brings <paramref name="Tag"/> back; <paramref name="Variables"/> live in the child's scope.</summary>
    public sealed record Schedule(ActivityNode Child, int Tag = 0, IReadOnlyList<KeyValuePair<string, JsonElement>>? Variables = null) : FlowCommand;

    /// <summary>
    /// Cancels the executions of these children that have started, and all below them, in the order in which they were scheduled. One that only waits for its turn
    /// still runs, as it does in Elsa, unless it has an effect: nobody pays for what is not wanted any more.
    /// </summary>
    public sealed record Cancel(IReadOnlyList<ActivityNode> Children) : FlowCommand;

    /// <summary>Evaluates an expression of the node, once; <see cref="FlowEvent.Evaluated"/> brings the value.</summary>
    public sealed record Evaluate(int Key, Expression Expression, string TypeName) : FlowCommand;

    /// <summary>Sets an output of the node while it runs, e.g. the current value of a loop.</summary>
    public sealed record SetScoped(string Output, JsonElement Value) : FlowCommand;

    /// <summary>Completes this execution; children still alive are cancelled.</summary>
    public sealed record Complete(IReadOnlyList<string> Outcomes, IReadOnlyDictionary<string, JsonElement>? Outputs = null) : FlowCommand
    {
        public static readonly Complete Done = new(["Done"]);
    }

    /// <summary>Completes the nearest enclosing composite that handles it (the workflow, a workflow used as activity) with these outcomes.</summary>
    public sealed record CompleteEnclosing(IReadOnlyList<string> Outcomes) : FlowCommand;

    /// <summary>Tells the ancestors up to the nearest loop that it shall stop.</summary>
    public sealed record Break : FlowCommand;

    /// <summary>Ends the instance at once: scheduled work and bookmarks are dropped.</summary>
    public sealed record Finish : FlowCommand;

    /// <summary>Faults this execution.</summary>
    public sealed record Fault(Failure Failure) : FlowCommand;
}
