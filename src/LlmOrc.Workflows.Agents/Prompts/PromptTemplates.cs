using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Agents.Prompts;

/// <summary>
/// The prompts of a folder, and behind them, where that is asked for, the delivered ones: <c>templates/pr-review/review.scriban</c> is called <c>pr-review/review</c>. Read at the time of
/// rendering, so that an edited prompt counts from the next turn on. What is inserted is data and never parsed.
/// </summary>
public sealed class PromptTemplates
{
    /// <summary>
    /// A variable that every template has: a word that cannot be foreseen by whoever wrote the inserted texts, for the lines
    /// between which a prompt shows them.
    /// </summary>
    public const string Boundary = "boundary";

    // 64 bits of a hash over all inserted text: a text that contains its own boundary cannot be found by trying.
    private const int BoundaryLength = 16;

    private readonly string? _path;
    private readonly ITemplateSource? _delivered;
    private readonly SandboxLimits _limits;
    private readonly Lock _opening = new();
    private Folder? _folder;
    private Folder? _deliveredAlone;

    /// <param name="path">Made absolute at once. It needs to exist only when a template is asked for that is not delivered. Null: no folder.</param>
    /// <param name="withDelivered">Whether a delivered template counts where the folder has none of its name. The default is false.</param>
    public PromptTemplates(string? path, SandboxLimits? limits = null, bool withDelivered = false)
    {
        _path = path is null ? null : Path.GetFullPath(path);
        _limits = limits ?? SandboxLimits.Standard;
        _delivered = withDelivered || path is null ? new Delivered.Prompts() : null;
    }

    /// <summary>Renders a template with the properties of <paramref name="arguments"/> as its variables; a missing one is an error.</summary>
    /// <exception cref="FailureException">There is no such template, or it cannot be rendered; the message names the place.</exception>
    public RenderedPrompt Render(string name, JsonElement arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!arguments.IsNothing() && arguments.ValueKind != JsonValueKind.Object)
            throw Failed("TemplateArgumentsInvalid", $"The arguments of the template '{name}' must be an object.");
        var folder = Open();
        try
        {
            if (!folder.Source.TryRead(name, out var template))
                throw Missing(name, folder);
            var text = folder.Sandbox.Render(template, globals => Install(globals, arguments), cancellationToken);
            return new(text, template.Name, template.Sha256 ?? ContentHash.Of(template.Text));
        }
        catch (ExpressionException exception)
        {
            throw Failed("TemplateInvalid", exception.Message, exception);
        }
    }

    /// <summary>Why there is nothing to render under a name; null where there is a template.</summary>
    internal string? FindProblem(string name)
    {
        try
        {
            var folder = Open();
            return folder.Source.TryRead(name, out _) ? null : Missing(name, folder).Failure.Message;
        }
        catch (Exception exception) when (exception is FailureException or ExpressionException)
        {
            return exception.Message;
        }
    }

    private static void Install(TemplateGlobals globals, JsonElement arguments)
    {
        globals.SetValue(Boundary, () => Values.From(ContentHash.Of(arguments.ToText())[..BoundaryLength]));
        if (arguments.ValueKind == JsonValueKind.Object)
            globals.SetValues(arguments);
    }

    // Opened when first used: a host without templates is no error.
    private Folder Open()
    {
        lock (_opening)
        {
            if (_folder is not null)
                return _folder;
            if (_delivered is not null && !Directory.Exists(_path))
                return _deliveredAlone ??= new(_delivered, null, new ScribanSandbox(_delivered, _limits));
            if (!Directory.Exists(_path))
                throw Failed("TemplateMissing", $"There is no folder {_path}. It holds the prompt templates.");
            var own = new TemplateFolder(_path, _limits);
            ITemplateSource source = _delivered is null ? own : new Either(own, _delivered);
            return _folder = new(source, own, new ScribanSandbox(source, _limits));
        }
    }

    private FailureException Missing(string name, Folder folder)
    {
        string[] names = [.. folder.Own?.Names() ?? [], .. _delivered is null ? [] : Delivered.Prompts.Names];
        var meant = Similarity.Closest(name, names, 3) is { Count: > 0 } similar ? similar : names.Distinct(StringComparer.Ordinal).Take(20);
        return Failed("TemplateMissing", $"There is no template '{name}' in {_path ?? "what is delivered"}. There {(meant.Any() ? $"is: {string.Join(", ", meant)}" : "are none")}.");
    }

    private static FailureException Failed(string type, string message, Exception? inner = null) => new(new() { Type = type, Message = message }, inner);

    private sealed record Folder(ITemplateSource Source, TemplateFolder? Own, ScribanSandbox Sandbox);

    /// <summary>The first that has it.</summary>
    private sealed class Either(ITemplateSource first, ITemplateSource second) : ITemplateSource
    {
        public bool TryRead(string name, [NotNullWhen(true)] out TemplateText? template) => first.TryRead(name, out template) || second.TryRead(name, out template);
    }
}

/// <summary>A prompt, and what it was made from.</summary>
/// <param name="Template">Name of the template, with its extension.</param>
/// <param name="TemplateHash">SHA-256 of the template's file (of what it includes, it holds the names only).</param>
public sealed record RenderedPrompt(string Text, string Template, string TemplateHash);
