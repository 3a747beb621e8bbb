using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Doctor;

/// <summary>The providers of the model profiles: whether they answer, have the model, and have a key. Nothing that is asked costs anything, and no key is shown.</summary>
internal static class ProviderChecks
{
    // A server answers at once, one in the network in a second or two; one that takes longer would not be fun to work with.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int MostModels = 8;

    public static async Task<IEnumerable<Check>> RunAsync(Session session, CancellationToken cancellationToken)
    {
        AgentSettings settings;
        try
        {
            settings = await session.Get<AgentSettingsFile>().ReadAsync(cancellationToken);
        }
        catch (FailureException)
        {
            // Told with the settings.
            return [];
        }

        var providers = session.Get<IEnumerable<IModelProvider>>().ToDictionary(p => p.Name);
        var keys = session.Get<ApiKeys>();
        var used = settings.Agents.Values.Select(a => settings.FindModel(a.Model)).ToList();
        var profiles = settings.Models.Values.Concat(used.Where(u => !settings.Models.ContainsKey(u.Name))).DistinctBy(p => p.Name).OrderBy(p => p.Name, StringComparer.Ordinal);
        // Side by side: those that do not answer are waited for once.
        return await Task.WhenAll(profiles.Select(profile => CheckAsync(
            providers[profile.Provider], profile, keys, isUsed: used.Exists(u => u.Name == profile.Name), session.Time, cancellationToken)));
    }

    private static async Task<Check> CheckAsync(IModelProvider provider, ModelProfile profile, ApiKeys keys, bool isUsed, TimeProvider time, CancellationToken cancellationToken)
    {
        var name = $"model {profile.Name}";
        // What no agent plays on is a stand-in, or an example.
        var bad = isUsed && profile.Fallbacks.Count == 0 ? CheckState.Problem : CheckState.Warning;
        var unused = isUsed ? "" : " (no agent plays on it)";
        if (keys.FindProblem(provider, profile) is { } missing)
            return new(name, bad, $"{profile.Provider}: no key{unused}", $"{char.ToUpperInvariant(missing[0])}{missing[1..]}.");

        var key = provider.KeyVariables.Count > 0 ? ", the key is set" : "";
        if (provider is not IModelProbe probe)
            return new(name, CheckState.Ok, $"{profile.Provider}, {profile.Model}{key}; whether it answers is known when it is asked: llm-orc ask AGENT TEXT --model {profile.Name}{unused}");

        using var patience = new CancellationTokenSource(Patience, time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var found = await probe.ProbeAsync(profile, asking.Token);
            var answers = found.Models.Count > 0 ? $"{Place(profile)} answers with {Units.Count(found.Models.Count, "model")}" : $"{Place(profile)} answers";
            return found.HasModel switch
            {
                true => new(name, CheckState.Ok, $"{answers} and has {profile.Model}{key}{unused}"),
                null => new(name, CheckState.Ok, $"{answers}, and does not say which models it has; llm-orc ask AGENT TEXT --model {profile.Name} shows whether it has {profile.Model}{key}{unused}"),
                false => new(name, bad, $"{answers}, and has no {profile.Model}{unused}. It has {Listed(found.Models)}", provider.Explain(new(ProviderErrorKind.ModelMissing, "the model is missing"), profile)),
            };
        }
        catch (ProviderException exception)
        {
            return Silent(exception);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Silent(new(ProviderErrorKind.Unavailable, $"no answer within {Patience.TotalSeconds:0} s"));
        }

        Check Silent(ProviderException exception) => new(name, bad, $"{Place(profile)} {Did(exception)}: {exception.Message}{unused}", provider.Explain(exception, profile));
    }

    private static string Did(ProviderException exception) =>
        exception.Kind == ProviderErrorKind.KeyRefused ? "does not take the key" : exception.Status is null ? "does not answer" : "answers with an error";

    private static string Place(ModelProfile profile) => profile.Endpoint is { } endpoint ? $"{profile.Provider} at {endpoint.ToString().TrimEnd('/')}" : profile.Provider;

    private static string Listed(IReadOnlyList<string> models) =>
        models.Count == 0 ? "none" : string.Join(", ", models.Take(MostModels)) + (models.Count > MostModels ? $" and {models.Count - MostModels} more" : "");
}
