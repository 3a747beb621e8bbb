using System.Text.Json;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>The sandboxes' methods with the running test's token.</summary>
internal static class SandboxCalls
{
    public static JsonElement Run(this JavaScriptSandbox sandbox, string source, Action<JavaScriptGlobals>? install = null) =>
        sandbox.Evaluate(source, install, TestContext.Current.CancellationToken);

    public static JsonElement Run(this ScribanSandbox sandbox, string source, Action<TemplateGlobals>? install = null) =>
        sandbox.Evaluate(source, install, TestContext.Current.CancellationToken);

    public static string RunText(this ScribanSandbox sandbox, string source, TemplateDialect dialect, Action<TemplateGlobals>? install = null) =>
        sandbox.EvaluateText(source, dialect, install, TestContext.Current.CancellationToken);

    public static string RunTemplate(this ScribanSandbox sandbox, TemplateText template, Action<TemplateGlobals>? install = null) =>
        sandbox.Render(template, install, TestContext.Current.CancellationToken);
}
