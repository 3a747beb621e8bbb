using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>A provider that can be asked, at no cost, whether it answers and what it has. Optional: an <see cref="IModelProvider"/> implements it or not.</summary>
public interface IModelProbe
{
    /// <summary>Asks the provider at the profile's endpoint. The caller bounds the time with the token.</summary>
    /// <exception cref="ProviderException">It does not answer, or not as it should; <see cref="IModelProvider.Explain"/> says what to do.</exception>
    Task<ModelProbe> ProbeAsync(ModelProfile profile, CancellationToken cancellationToken);
}

/// <summary>What a provider said of itself.</summary>
/// <param name="Models">Names of the models it has, in order.</param>
/// <param name="HasModel">Whether it has the model of the profile that was asked for; null: it answers, and does not say what it has.</param>
public sealed record ModelProbe(IReadOnlyList<string> Models, bool? HasModel);
