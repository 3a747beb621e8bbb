using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the reader of Elsa documents.</summary>
public static class ElsaFormatServices
{
    /// <summary>Adds <see cref="ElsaDocumentReader"/> as the <see cref="IDefinitionReader"/>.</summary>
    public static IServiceCollection AddElsaFormat(this IServiceCollection services)
    {
        services.TryAddSingleton<IDefinitionReader, ElsaDocumentReader>();
        return services;
    }
}
