using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Counts from <c>start</c> to <c>end</c> by <c>step</c>; downwards where the step is negative. Without a body it completes.</summary>
internal sealed class ForActivity : IControlFlow
{
    public bool HandlesBreak => true;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered => Enter(node, entered.Inputs),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => Next(node, (LoopState)state! with { Current = ((LoopState)state!).Current + ((LoopState)state!).Step }),
        FlowEvent.BreakRaised => FlowStep.Stay((LoopState)state! with { IsBreaking = true }),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Enter(ActivityNode node, IReadOnlyDictionary<string, JsonElement> inputs)
    {
        var step = Number("step", 1);
        if (step == 0)
            return new(null, new FlowCommand.Fault(new() { Type = "LoopInvalid", Message = $"The step of '{node.Id}' is 0, so it would never end. Give it a step above or below 0." }));

        var isInclusive = inputs.GetValueOrDefault("outerBoundInclusive").ValueKind != JsonValueKind.False;
        return Next(node, new(0, default, Number("start", 0), Number("end", 0), step, isInclusive));

        decimal Number(string name, decimal whenAbsent) =>
            inputs.GetValueOrDefault(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out var number) ? number : whenAbsent;
    }

    private static FlowStep Next(ActivityNode node, LoopState loop)
    {
        var isBefore = loop.Step > 0 ? loop.Current < loop.End : loop.Current > loop.End;
        var goesOn = !loop.IsBreaking && (isBefore || (loop.IsInclusive && loop.Current == loop.End));
        return goesOn && node.Port("body") is { } body
            ? Loops.Pass(node, loop, body, loop.Current == decimal.Truncate(loop.Current) && Math.Abs(loop.Current) < long.MaxValue ? Values.Number((long)loop.Current) : JsonSerializer.SerializeToElement(loop.Current))
            : new(loop, FlowCommand.Complete.Done);
    }
}

internal static class Loops
{
    /// <summary>One pass of a body: the current value goes to the loop's output, where it has one, and into the body's scope.</summary>
    public static FlowStep Pass(ActivityNode node, LoopState loop, ActivityNode body, JsonElement current)
    {
        var schedule = new FlowCommand.Schedule(body, loop.Index, [new("CurrentValue", current), new("CurrentIndex", Values.Number(loop.Index))]);
        var next = loop with { Index = loop.Index + 1 };
        return node.Outputs.Count == 0 ? new(next, schedule) : new(next, new FlowCommand.SetScoped("currentValue", current), schedule);
    }

    /// <summary>The items of a loop: a list, or JSON text of one; nothing is an empty list.</summary>
    public static bool TryReadItems(JsonElement value, out JsonElement items)
    {
        items = value.ValueKind == JsonValueKind.String ? ValueConversion.ToNamedType(value, "Object[]") : value;
        if (items.IsNothing())
            items = JsonSerializer.SerializeToElement(Array.Empty<object>());
        return items.ValueKind == JsonValueKind.Array;
    }

    public static Failure NotAList(ActivityNode node, JsonElement value) => new()
    {
        Type = "LoopInvalid",
        Message = $"The items of '{node.Id}' are not a list but {value.ValueKind}. Give it an array.",
    };
}
