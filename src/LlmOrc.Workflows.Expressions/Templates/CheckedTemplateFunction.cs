using Scriban;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>A function of Scriban with something done before and after it.</summary>
internal sealed class CheckedTemplateFunction(
    IScriptCustomFunction inner,
    Action<GuardedTemplateContext, ScriptNode?, ScriptArray> before,
    Action<GuardedTemplateContext>? after = null) : IScriptCustomFunction
{
    public int RequiredParameterCount => inner.RequiredParameterCount;

    public int ParameterCount => inner.ParameterCount;

    public ScriptVarParamKind VarParamKind => inner.VarParamKind;

    public Type ReturnType => inner.ReturnType;

    public ScriptParameterInfo GetParameterInfo(int index) => inner.GetParameterInfo(index);

    public object? Invoke(TemplateContext context, ScriptNode? callerContext, ScriptArray arguments, ScriptBlockStatement? blockStatement)
    {
        var guarded = (GuardedTemplateContext)context;
        before(guarded, callerContext, arguments);
        try
        {
            return inner.Invoke(context, callerContext, arguments, blockStatement);
        }
        finally
        {
            after?.Invoke(guarded);
        }
    }

    public ValueTask<object?> InvokeAsync(TemplateContext context, ScriptNode? callerContext, ScriptArray arguments, ScriptBlockStatement? blockStatement) =>
        ValueTask.FromResult(Invoke(context, callerContext, arguments, blockStatement));
}
