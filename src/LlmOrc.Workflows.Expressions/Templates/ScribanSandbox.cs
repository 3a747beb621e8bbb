using System.Runtime.CompilerServices;
using System.Text.Json;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Renders Scriban and Liquid templates of authors that nobody vouches for, within <see cref="SandboxLimits"/>: no .NET
/// objects, no evaluation of texts, includes only from a given source, missing variables are errors. What is inserted is
/// data and never parsed. Thread-safe.
/// </summary>
public sealed class ScribanSandbox
{
    /// <summary>How expressions are called in messages.</summary>
    private const string ExpressionName = "expression";

    // Twice what we allow before the parser, because Scriban also counts members, pipes and operators as depth.
    private const int ParserDepthPerNesting = 2;

    // The first rendering of a process compiles Scriban, which on a busy machine takes longer than a rendering may.
    private static readonly Lazy<string> WarmUp = new(() => new ScribanSandbox(limits: SandboxLimits.Standard with { WallTime = TimeSpan.FromMinutes(1) }).RunNow(
        new TemplateText(ExpressionName, "{{ for i in list }}{{ i | string.upcase }}{{ if i == 'b' }}{{ list | array.join ',' }}{{ end }}{{ end }}"),
        ScriptMode.Default,
        SandboxLimits.Standard.MaxPromptOutput,
        globals => globals.SetValue("list", JsonElement.Parse("""["a","b"]""")),
        RenderPage,
        CancellationToken.None));

    private readonly SandboxLimits _limits;
    private readonly ITemplateSource? _includes;
    private readonly ScriptObject _scribanFunctions;
    private readonly ScriptObject _liquidFunctions;
    private readonly BoundedCache<(string Name, string Text, TemplateDialect Dialect, ScriptMode Mode), Template> _templates;

    /// <summary>A sandbox that may include templates of a source, or none; with limits of its own or the standard ones.</summary>
    public ScribanSandbox(ITemplateSource? includes = null, SandboxLimits? limits = null, TimeProvider? timeProvider = null)
    {
        _limits = limits ?? SandboxLimits.Standard;
        _includes = includes;
        var time = timeProvider ?? TimeProvider.System;
        _scribanFunctions = TemplateFunctions.For(TemplateDialect.Scriban, includes is not null, time);
        _liquidFunctions = TemplateFunctions.For(TemplateDialect.Liquid, includes is not null, time);
        _templates = new(_limits.MaxCachedSources);
    }

    /// <summary>Renders a template, such as a prompt, to at most <see cref="SandboxLimits.MaxPromptOutput"/> characters.</summary>
    /// <exception cref="ExpressionException">The template does not parse, names something missing, fails, or reaches a limit.</exception>
    public string Render(TemplateText template, Action<TemplateGlobals>? install = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(template);
        return Run(template, ScriptMode.Default, _limits.MaxPromptOutput, install, RenderPage, cancellationToken);
    }

    /// <summary>Renders an expression, such as <c>{{ Variables.Name }}</c>, to a text of at most <see cref="SandboxLimits.MaxExpressionOutput"/> characters.</summary>
    /// <inheritdoc cref="Render" path="/exception"/>
    public string EvaluateText(string source, TemplateDialect dialect, Action<TemplateGlobals>? install = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Run(new TemplateText(ExpressionName, source, dialect), ScriptMode.Default, _limits.MaxExpressionOutput, install, RenderPage, cancellationToken);
    }

    /// <summary>
    /// Evaluates Scriban without braces, such as <c>files | array.size</c>, to a value: the last expression, or what
    /// <c>ret</c> gives. Dates become ISO 8601 text, NaN and the infinities null; functions are an error.
    /// </summary>
    /// <inheritdoc cref="Render" path="/exception"/>
    public JsonElement Evaluate(string source, Action<TemplateGlobals>? install = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Run(
            new TemplateText(ExpressionName, source),
            ScriptMode.ScriptOnly,
            _limits.MaxExpressionOutput,
            install,
            (page, context) => TemplateValues.ToJson(page.Evaluate(context), context.Budget, _limits.MaxExpressionOutput),
            cancellationToken);
    }

    /// <summary>Checks that a template parses, without rendering it.</summary>
    /// <exception cref="ExpressionException">It does not.</exception>
    public void Check(TemplateText template)
    {
        ArgumentNullException.ThrowIfNull(template);
        Parse(template, ScriptMode.Default);
    }

    private static string RenderPage(Template page, GuardedTemplateContext context) => page.Render(context);

    private T Run<T>(
        TemplateText text,
        ScriptMode mode,
        int maxOutput,
        Action<TemplateGlobals>? install,
        Func<Template, GuardedTemplateContext, T> run,
        CancellationToken cancellationToken)
    {
        _ = WarmUp.Value;
        return RunNow(text, mode, maxOutput, install, run, cancellationToken);
    }

    private T RunNow<T>(
        TemplateText text,
        ScriptMode mode,
        int maxOutput,
        Action<TemplateGlobals>? install,
        Func<Template, GuardedTemplateContext, T> run,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var page = Parse(text, mode);
        var globals = new TemplateGlobals(_limits);
        install?.Invoke(globals);

        // Scriban looks at nothing but the token inside its list functions.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_limits.WallTime);
        var context = new GuardedTemplateContext(
            text.Dialect == TemplateDialect.Liquid ? _liquidFunctions : _scribanFunctions,
            text.Dialect,
            new TemplateBudget(_limits),
            _includes,
            included => Parse(included, ScriptMode.Default),
            deadline.Token);
        if (globals.AllowMissing)
        {
            context.AllowMissing();
        }

        context.PushGlobal(globals.Globals);
        context.PushOutput(new TemplateOutput(context, maxOutput));
        try
        {
            return run(page, context);
        }
        catch (ScriptRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TemplateErrors.OfRun(exception, text.Name, _limits);
        }
    }

    private Template Parse(TemplateText template, ScriptMode mode) => _templates.GetOrAdd(
        (template.Name, template.Text, template.Dialect, mode),
        _limits,
        static (key, limits) =>
        {
            TemplateNesting.Check(key.Text, key.Name, key.Dialect, key.Mode, limits);
            var page = Template.Parse(
                key.Text,
                key.Name,
                new ParserOptions { ExpressionDepthLimit = limits.MaxNesting * ParserDepthPerNesting },
                new LexerOptions { Lang = key.Dialect == TemplateDialect.Liquid ? ScriptLang.Liquid : ScriptLang.Default, Mode = key.Mode });
            return page.HasErrors ? throw TemplateErrors.OfParsing(page, key.Name) : page;
        });
}
