using System.Collections;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Scriban's context with every default that matters set, and a budget asked at every node and loop step.</summary>
internal sealed class GuardedTemplateContext : TemplateContext
{
    private readonly Func<TemplateText, Template> _parse;
    private readonly ITemplateSource? _includes;

    public GuardedTemplateContext(
        ScriptObject builtins,
        TemplateDialect dialect,
        TemplateBudget budget,
        ITemplateSource? includes,
        Func<TemplateText, Template> parse,
        CancellationToken cancellationToken)
        : base(builtins)
    {
        Budget = budget;
        _parse = parse;
        _includes = includes;
        var limits = budget.Limits;
        CancellationToken = cancellationToken;
        LoopLimit = limits.MaxTemplateSteps;
        RecursiveLimit = limits.MaxRecursion;
        ObjectRecursionLimit = limits.MaxValueDepth;
        RegexTimeOut = limits.RegexTime;

        // Functions of Scriban refuse to build longer texts; conversions of longer values throw instead of being cut.
        LimitToString = limits.MaxStringLength + 1;
        OnStringLimit = ScriptLimitBehavior.Throw;
        OnOutputLimit = ScriptLimitBehavior.Throw;

        // Our output counts for itself; here captured text would be counted twice.
        OutputLimit = 0;
        StrictVariables = true;
        EnableRelaxedMemberAccess = false;
        EnableRelaxedTargetAccess = false;
        EnableRelaxedFunctionAccess = false;
        EnableRelaxedIndexerAccess = false;
        NewLine = "\n";

        // What is inserted stays as it is; indenting its lines would change a diff, and look at every one of them.
        AutoIndent = false;
        if (dialect == TemplateDialect.Liquid)
        {
            IsLiquid = true;
            Language = ScriptLang.Liquid;
            EnableBreakAndContinueAsReturnOutsideLoop = true;
            TryGetMember = TryGetLiquidMember;
        }
    }

    public TemplateBudget Budget { get; }

    /// <summary>Missing variables and members become empty, as Liquid authors are used to.</summary>
    public void AllowMissing()
    {
        StrictVariables = false;
        EnableRelaxedMemberAccess = true;
        EnableRelaxedTargetAccess = true;
        EnableRelaxedIndexerAccess = true;
    }

    public override object? Evaluate(ScriptNode? scriptNode, bool aliasReturnedFunction)
    {
        if (scriptNode is not null)
        {
            Budget.CountNode(scriptNode);
        }

        return base.Evaluate(scriptNode, aliasReturnedFunction);
    }

    public override string? GetTemplatePathFromName(string? templateName, ScriptNode? callerContext) => TemplateName.IsValid(templateName)
        ? templateName
        : throw new ScriptRuntimeException(callerContext?.Span ?? CurrentSpan, "the name of a template is a relative path without '..'");

    /// <summary>Liquid's first, last and size of lists and texts.</summary>
    private static bool TryGetLiquidMember(TemplateContext context, SourceSpan span, object target, string member, out object? value)
    {
        value = (target, member) switch
        {
            (IList { Count: > 0 } list, "first") => list[0],
            (IList { Count: > 0 } list, "last") => list[^1],
            (IList list, "size") => list.Count,
            (string text, "size") => text.Length,
            _ => null,
        };
        return value is not null || (target is IList && member is "first" or "last");
    }

    protected override Template CreateTemplate(string templatePath, ScriptNode? callerContext)
    {
        var span = callerContext?.Span ?? CurrentSpan;
        if (_includes is null || !_includes.TryRead(templatePath, out var text))
        {
            throw new ScriptRuntimeException(span, $"there is no template {templatePath} to include");
        }

        return _parse(text);
    }

    protected override bool OnStepLoop(ScriptLoopStatementBase loop)
    {
        Budget.CountStep(loop);
        return base.OnStepLoop(loop);
    }

    /// <summary>Only what we make ourselves has members; anything else has none, instead of its .NET ones.</summary>
    protected override IObjectAccessor? GetMemberAccessorImpl(object target) =>
        target is IScriptObject or string or IList or DateTime or TimeSpan || target.GetType().IsPrimitive ? base.GetMemberAccessorImpl(target) : null;
}
