namespace LlmOrc.Workflows.Expressions;

/// <summary>What may name a template: a relative path with forward slashes that cannot step out of where it starts.</summary>
public static class TemplateName
{
    // Longer than any path of ours, shorter than what file systems refuse.
    private const int MaxLength = 200;

    /// <summary>Whether the name is relative, uses forward slashes, and has no empty, "." or ".." parts, colons or control characters.</summary>
    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength }
        && !name.AsSpan().ContainsAny('\\', ':', '\0')
        && !name.Any(char.IsControl)
        && !name.Split('/').Any(part => part is "" or "." or ".." || part.EndsWith(' ') || part.EndsWith('.'));
}
