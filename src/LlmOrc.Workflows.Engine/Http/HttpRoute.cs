namespace LlmOrc.Workflows.Http;

/// <summary>One spelling for paths and methods of HTTP endpoints.</summary>
public static class HttpRoute
{
    /// <summary>Without slashes at its ends, e.g. <c>orders/{id}</c>.</summary>
    public static string Normalize(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Trim().Trim('/');
    }

    /// <summary>Upper-case, each once; none means GET, as in Elsa.</summary>
    public static IReadOnlyList<string> Methods(IReadOnlyList<string>? methods) =>
        methods is { Count: > 0 } ? [.. methods.Select(m => m.Trim().ToUpperInvariant()).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal)] : ["GET"];
}
