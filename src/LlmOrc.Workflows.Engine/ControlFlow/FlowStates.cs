using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Where a Sequence is.</summary>
internal sealed record SequenceState(
    [property: JsonPropertyName("next")] int Next,
    [property: JsonPropertyName("breaking")] bool IsBreaking = false) : FlowState;

/// <summary>How many children are alive, of those that run side by side.</summary>
internal sealed record CountState(
    [property: JsonPropertyName("alive")] int Alive,
    [property: JsonPropertyName("breaking")] bool IsBreaking = false) : FlowState;

/// <summary>Where a loop is. <paramref name="Items"/> belongs to ForEach, the numbers to For.</summary>
internal sealed record LoopState(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("items")] JsonElement Items,
    [property: JsonPropertyName("current")] decimal Current = 0,
    [property: JsonPropertyName("end")] decimal End = 0,
    [property: JsonPropertyName("step")] decimal Step = 0,
    [property: JsonPropertyName("inclusive")] bool IsInclusive = false,
    [property: JsonPropertyName("breaking")] bool IsBreaking = false) : FlowState;

/// <summary>Which cases have matched so far.</summary>
internal sealed record SwitchState(
    [property: JsonPropertyName("matched")] IReadOnlyList<int> Matched,
    [property: JsonPropertyName("any")] bool MatchAny,
    [property: JsonPropertyName("alive")] int Alive = 0) : FlowState;

/// <summary>
/// Counters of a flowchart, by the places of its children and connections. The arrays are never written after they are here:
/// a step copies them, which for a chart of a hundred nodes costs less than any persistent collection.
/// </summary>
internal sealed record FlowchartState(
    [property: JsonPropertyName("start")] int Start,
    [property: JsonPropertyName("visits")] int[] Visits,
    [property: JsonPropertyName("alive")] int[] Alive,
    [property: JsonPropertyName("arrivals")] int[] Arrivals,
    [property: JsonPropertyName("followed")] bool[] Followed) : FlowState
{
    public FlowchartState Copy() => new(Start, (int[])Visits.Clone(), (int[])Alive.Clone(), (int[])Arrivals.Clone(), (bool[])Followed.Clone());
}
