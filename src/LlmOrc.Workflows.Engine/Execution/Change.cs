using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Execution;

/// <summary>A change of the instance that a leaf or an expression asks for; applied by the fold and by nothing else.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(VariableChange), "variable")]
[JsonDerivedType(typeof(OutputChange), "output")]
[JsonDerivedType(typeof(NameChange), "name")]
[JsonDerivedType(typeof(CorrelationChange), "correlation")]
[JsonDerivedType(typeof(ConversationChange), "conversation")]
[JsonDerivedType(typeof(MessageChange), "message")]
[JsonDerivedType(typeof(HttpRequestChange), "http-request")]
[JsonDerivedType(typeof(HttpResponseChange), "http")]
[JsonDerivedType(typeof(OutboxChange), "outbox")]
public abstract record Change;

/// <summary>Assigns the variable of that id (or, where no id matches, of that name) nearest to the execution.</summary>
public sealed record VariableChange(
    [property: JsonPropertyName("id")] string VariableId,
    [property: JsonPropertyName("value")] JsonElement Value) : Change;

/// <summary>Sets an output of the definition.</summary>
public sealed record OutputChange(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("value")] JsonElement Value) : Change;

/// <summary>Names the instance.</summary>
public sealed record NameChange([property: JsonPropertyName("name")] string? Name) : Change;

/// <summary>Sets the instance's correlation id.</summary>
public sealed record CorrelationChange([property: JsonPropertyName("id")] string? CorrelationId) : Change;

/// <summary>Starts a conversation.</summary>
public sealed record ConversationChange([property: JsonPropertyName("conversation")] Conversation Conversation) : Change;

/// <summary>Appends to a conversation.</summary>
public sealed record MessageChange([property: JsonPropertyName("message")] TranscriptMessage Message) : Change;

/// <summary>An HTTP request waits for its answer from now on.</summary>
public sealed record HttpRequestChange([property: JsonPropertyName("request")] string RequestId) : Change;

/// <summary>Answers an HTTP request: whoever waits for it reads the answer here.</summary>
/// <param name="Body">A text, which is sent as it is, or a value, which is sent as JSON; undefined: nothing.</param>
public sealed record HttpResponseChange(
    [property: JsonPropertyName("request")] string RequestId,
    [property: JsonPropertyName("status")] int Status,
    [property: JsonPropertyName("headers")] IReadOnlyDictionary<string, string> Headers,
    [property: JsonPropertyName("body")] JsonElement Body) : Change;

/// <summary>Something to be delivered outside the instance, once the commit that holds it is durable.</summary>
public sealed record OutboxChange(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("payload")] JsonElement Payload) : Change;
