using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>What is delivered inside the assembly, so that a package is all a host needs: workflows, prompts, and the settings with their agents.</summary>
internal static class Delivered
{
    public const string SettingsName = "llm-orc.json";

    private static readonly Assembly Here = typeof(Delivered).Assembly;

    public static ReadOnlyMemory<byte> Settings => Read(SettingsName) ?? throw new InvalidOperationException($"The assembly was built without {SettingsName}.");

    /// <summary>Names of the workflows, in order.</summary>
    public static IReadOnlyList<string> Workflows { get; } =
    [
        .. Here.GetManifestResourceNames().Where(n => n.StartsWith("workflows/", StringComparison.Ordinal))
            .Select(n => Path.GetFileNameWithoutExtension(n)).Order(StringComparer.Ordinal),
    ];

    public static ReadOnlyMemory<byte>? FindWorkflow(string name) => Read($"workflows/{name}.json");

    private static ReadOnlyMemory<byte>? Read(string name)
    {
        using var stream = Here.GetManifestResourceStream(name);
        if (stream is null)
            return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The delivered prompts.</summary>
    public sealed class Prompts : ITemplateSource
    {
        private const string Extension = ".scriban";

        public static IReadOnlyList<string> Names { get; } =
        [
            .. Here.GetManifestResourceNames().Where(n => n.StartsWith("templates/", StringComparison.Ordinal)).Select(n => n["templates/".Length..]).Order(StringComparer.Ordinal),
        ];

        public bool TryRead(string name, [NotNullWhen(true)] out TemplateText? template)
        {
            var full = name.EndsWith(Extension, StringComparison.Ordinal) ? name : name + Extension;
            template = Read($"templates/{full}") is { } bytes ? new(full, Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF'), Sha256: ContentHash.Of(bytes.Span)) : null;
            return template is not null;
        }
    }
}
