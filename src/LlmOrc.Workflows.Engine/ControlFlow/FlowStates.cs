using System.Collections.Immutable;
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

/// <summary>Where a loop is.</summary>
internal sealed record LoopState(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("items")] JsonElement Items = default,
    [property: JsonPropertyName("current")] double Current = 0,
    [property: JsonPropertyName("end")] double End = 0,
    [property: JsonPropertyName("step")] double Step = 0,
    [property: JsonPropertyName("inclusive")] bool IsInclusive = false,
    [property: JsonPropertyName("breaking")] bool IsBreaking = false) : FlowState;

/// <summary>Which cases of a Switch have been asked, and what they said.</summary>
internal sealed record SwitchState(
    [property: JsonPropertyName("asked")] int Asked,
    [property: JsonPropertyName("matched")] ImmutableList<int> Matched,
    [property: JsonPropertyName("any")] bool MatchAny,
    [property: JsonPropertyName("alive")] int Alive) : FlowState;

/// <summary>Counters of a flowchart in counter mode, by the nodes' and connections' places in the flowchart.</summary>
internal sealed record FlowchartState(
    [property: JsonPropertyName("visits")] ImmutableArray<int> Visits,
    [property: JsonPropertyName("arrivals")] ImmutableArray<int> Arrivals,
    [property: JsonPropertyName("followed")] ImmutableArray<bool> Followed,
    [property: JsonPropertyName("alive")] ImmutableArray<int> Alive) : FlowState;
