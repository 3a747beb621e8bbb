using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat;
using LlmOrc.Workflows.ElsaFormat.Expressions;
using LlmOrc.Workflows.Expressions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what reads Elsa's documents and runs their expressions.</summary>
public static class ElsaFormatServices
{
    /// <summary>
    /// Adds <see cref="ElsaDocumentReader"/> as the <see cref="IDefinitionReader"/>, and the dialects JavaScript, Liquid and
    /// Scriban, and the activity RunJavaScript. Their sandboxes are their own: expressions include no templates, whatever the host's prompts may.
    /// </summary>
    public static IServiceCollection AddElsaFormat(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<JavaScriptSandbox>(_ => new());
        services.TryAddEnumerable(
        [
            ServiceDescriptor.Singleton<IExpressionDialect, JavaScriptDialect>(),
            ServiceDescriptor.Singleton<IExpressionDialect, RunJavaScriptDialect>(),
            ServiceDescriptor.Singleton<IExpressionDialect, LiquidDialect>(s => new(TemplatesOf(s))),
            ServiceDescriptor.Singleton<IExpressionDialect, ScribanDialect>(s => new(TemplatesOf(s))),
        ]);
        services.AddSingleton(RunJavaScriptActivity.Descriptor);
        services.TryAddSingleton<IDefinitionReader, ElsaDocumentReader>();
        return services;
    }

    private static ScribanSandbox TemplatesOf(IServiceProvider services) => new(timeProvider: services.GetService<TimeProvider>());
}
