namespace LlmOrc.Workflows.HostileHost;

/// <summary>A script or template that tries to use more than it may, or to get out.</summary>
public sealed record HostileCase(string Name, string Source);
