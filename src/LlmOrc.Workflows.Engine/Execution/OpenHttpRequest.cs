using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Execution;

/// <summary>An HTTP request that was taken in and has no answer yet.</summary>
/// <param name="ScopeId">The execution of the composite in which it was taken in; 0: the root.</param>
internal sealed record OpenHttpRequest(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("scope")] long ScopeId);
