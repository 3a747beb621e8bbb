using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Jint;
using Jint.Native;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Evaluates JavaScript of authors that nobody vouches for: without .NET, files, network, modules, timers or string
/// compilation, within <see cref="SandboxLimits"/>. Not available: <c>eval</c>, <c>Function</c>, BigInt, generators, iterator helpers, typed arrays and
/// buffers, Proxy, Intl, Temporal, <c>String.raw</c>. Thread-safe; every evaluation has globals of its own.
/// </summary>
/// <remarks>
/// A script is a bare expression (an object literal included), or statements whose last value counts, or it has a
/// <c>return</c> at top level. A promise is awaited if it settles without waiting for anything.
/// </remarks>
public sealed class JavaScriptSandbox
{
    // The first evaluation of a process compiles the interpreter, which on a busy machine takes longer than an evaluation may.
    private static readonly Lazy<JsonElement> WarmUp = new(() => new JavaScriptSandbox(SandboxLimits.Standard with { WallTime = TimeSpan.FromMinutes(1) }).EvaluateNow(
        "const a = []; for (let i = 0; i < 3; i++) a.push(`${i}`.replace(/1/, 'x')); ({ a: a.map(x => x + 1), b: JSON.stringify(a.join()) })",
        install: null,
        CancellationToken.None));

    private readonly SandboxLimits _limits;
    private readonly BoundedCache<string, JavaScriptSource> _sources;

    /// <summary>A sandbox with limits of its own, or the standard ones, and its own cache of prepared scripts.</summary>
    public JavaScriptSandbox(SandboxLimits? limits = null)
    {
        _limits = limits ?? SandboxLimits.Standard;
        _sources = new BoundedCache<string, JavaScriptSource>(_limits.MaxCachedSources);
    }

    /// <summary>
    /// Evaluates a script. Its result as JSON: undefined gives <see cref="JsonValueKind.Undefined"/>; NaN and the infinities
    /// null; dates ISO 8601 text; Map, Set, RegExp and Error objects what JSON.stringify makes of them; functions and
    /// symbols inside objects are left out, and are an error as the whole result, as is a value that holds itself.
    /// </summary>
    /// <param name="source">The script, at most <see cref="SandboxLimits.MaxSourceLength"/> characters.</param>
    /// <param name="install">Installs the globals the script may use; called once, on this thread.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <exception cref="ExpressionException">The script does not parse, fails, or reaches a limit.</exception>
    public JsonElement Evaluate(string source, Action<JavaScriptGlobals>? install = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        _ = WarmUp.Value;
        return EvaluateNow(source, install, cancellationToken);
    }

    /// <summary>Checks that a script parses and uses nothing that is not available, without running it.</summary>
    /// <exception cref="ExpressionException">It does not.</exception>
    public void Check(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Prepare(source);
    }

    internal JavaScriptSource Prepare(string source) =>
        _sources.GetOrAdd(source, _limits, static (text, limits) => JavaScriptSource.Prepare(text, limits));

    private JsonElement EvaluateNow(string source, Action<JavaScriptGlobals>? install, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RuntimeHelpers.EnsureSufficientExecutionStack();

        var prepared = Prepare(source);
        var budget = new JavaScriptBudget(_limits, cancellationToken);
        using var engine = CreateEngine(budget);
        var globals = new JavaScriptGlobals(engine, budget, prepared, this, JavaScriptGuards.Install(engine, budget, prepared));
        using (budget.Uncounted())
        {
            install?.Invoke(globals);
        }

        try
        {
            var result = JavaScriptJson.ToElement(engine, budget, Run(engine, prepared), _limits.MaxExpressionOutput);
            globals.WriteBack();
            return result;
        }
        catch (HostCallException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw JavaScriptErrors.OfRun(exception, prepared);
        }
    }

    private static JsValue Run(Engine engine, JavaScriptSource prepared)
    {
        var value = engine.Evaluate(prepared.Script);
        return value.IsPromise() ? value.UnwrapIfPromise(TimeSpan.FromMilliseconds(1)) : value;
    }

    private Engine CreateEngine(JavaScriptBudget budget)
    {
        var options = new Options();
        options.LimitRecursion(_limits.MaxRecursion);
        options.Constraints.StackOverflowGuard = true;
        options.Constraints.MaxArraySize = (uint)_limits.MaxArrayLength;
        options.Constraints.RegexTimeout = _limits.RegexTime;
        options.Json.MaxParseDepth = _limits.MaxValueDepth;
        options.DisableStringCompilation();
        options.AgentCanSuspend = false;

        // The interpreter's own count knows of texts that are put together later. It also counts what the host brings in
        // while the script runs, so it has room for that; ours stops the rest earlier.
        options.LimitMemory(_limits.MemoryBytes * 2);
        options.Constraint(budget);
        options.LocalTimeZone(TimeZoneInfo.Utc);
        return new Engine(options);
    }
}
