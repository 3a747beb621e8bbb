namespace LlmOrc.Workflows.Client;

/// <summary>A workflow that can be started.</summary>
/// <param name="Name">What it is started by.</param>
/// <param name="Errors">What is wrong with its document; null where it can be started.</param>
public sealed record WorkflowDescription(string Name, string? Title, string? Description, IReadOnlyList<WorkflowInput>? Inputs, IReadOnlyList<string>? Errors);

/// <param name="Type">Its type as the document names it, e.g. <c>String</c>.</param>
public sealed record WorkflowInput(string Name, string? Type, string? Description, bool IsRequired);
