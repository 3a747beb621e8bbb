using System.Text.Json;

namespace LlmOrc.Workflows.Client;

/// <summary>One thing that happened in a run.</summary>
/// <param name="Sequence">1-based and without gaps.</param>
/// <param name="Type">Which kind of thing, e.g. <c>activity-completed</c>.</param>
/// <param name="Entry">All of it, as it is stored.</param>
public sealed record RunEntry(long Sequence, DateTimeOffset Time, string Type, JsonElement Entry);
