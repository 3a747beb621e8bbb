using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Expressions;
using Microsoft.SemanticKernel;

namespace LlmOrc.Workflows.Agents.Prompts;

/// <summary>
/// Offers the Scriban sandbox to Semantic Kernel, for prompts of format <c>scriban</c>. Our own turns do not go this way: a kernel
/// looks for role markup in what was rendered. Inserted texts are therefore encoded here, unless the prompt's author allows
/// dangerous content.
/// </summary>
public sealed class ScribanPromptTemplateFactory : IPromptTemplateFactory
{
    /// <summary>The <see cref="PromptTemplateConfig.TemplateFormat"/> it serves.</summary>
    public const string Format = "scriban";

    private readonly ScribanSandbox _sandbox = new();

    /// <inheritdoc/>
    public bool TryCreate(PromptTemplateConfig templateConfig, [NotNullWhen(true)] out IPromptTemplate? result)
    {
        ArgumentNullException.ThrowIfNull(templateConfig);
        result = string.Equals(templateConfig.TemplateFormat, Format, StringComparison.OrdinalIgnoreCase) ? new Template(_sandbox, templateConfig) : null;
        return result is not null;
    }

    private sealed class Template(ScribanSandbox sandbox, PromptTemplateConfig config) : IPromptTemplate
    {
        public Task<string> RenderAsync(Kernel kernel, KernelArguments? arguments = null, CancellationToken cancellationToken = default)
        {
            var text = new TemplateText(config.Name ?? "prompt", config.Template);
            return Task.FromResult(sandbox.Render(text, globals => Install(globals, arguments), cancellationToken));
        }

        private void Install(TemplateGlobals globals, KernelArguments? arguments)
        {
            foreach (var variable in config.InputVariables.Where(v => v.Default is not null))
                globals.SetValue(variable.Name, Values.From(variable.Default));
            foreach (var (name, value) in arguments ?? [])
                globals.SetValue(name, IsTrusted(name) ? Values.From(value) : Encode(Values.From(value)));
        }

        private bool IsTrusted(string name) =>
            config.AllowDangerouslySetContent || config.InputVariables.Any(v => v.Name == name && v.AllowDangerouslySetContent);

        private static JsonElement Encode(JsonElement value) => JsonSerializer.SerializeToElement(Encode(JsonSerializer.SerializeToNode(value)));

        // The depth is bounded by the serializer (64).
        private static JsonNode? Encode(JsonNode? node) => node switch
        {
            JsonObject instance => new JsonObject(instance.Select(p => KeyValuePair.Create(p.Key, Encode(p.Value)))),
            JsonArray list => new JsonArray([.. list.Select(Encode)]),
            JsonValue text when text.GetValueKind() == JsonValueKind.String => JsonValue.Create(WebUtility.HtmlEncode(text.GetValue<string>())),
            _ => node?.DeepClone(),
        };
    }
}
