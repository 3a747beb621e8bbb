using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>What a person should do about an error of a provider in the network that asks for a key.</summary>
internal static class ProviderAdvice
{
    /// <param name="who">The provider as people call it, e.g. <c>Claude</c>.</param>
    public static string Of(IModelProvider provider, string who, ProviderException error, ModelProfile profile)
    {
        var address = profile.Endpoint!.ToString().TrimEnd('/');
        return error.Kind switch
        {
            ProviderErrorKind.KeyMissing => $"{who} cannot be called: {Sentence(error.Message)}",
            ProviderErrorKind.KeyRefused => $"{who} at {address} does not take the key from {ApiKeys.Place(provider, profile)}, or not for '{profile.Model}': {Sentence(error.Message)}",
            ProviderErrorKind.QuotaExhausted => $"{who}: the account has no credit left: {Sentence(error.Message)} Pay, or take another model with --model or a fallback.",
            ProviderErrorKind.Unavailable when error.Status is null => $"{who} does not answer at {address}: {Sentence(error.Message)} Check the network, or the endpoint of '{profile.Name}'.",
            ProviderErrorKind.Unavailable => $"{who} at {address} fails: {Sentence(error.Message)} Try again later, or give '{profile.Name}' a fallback.",
            ProviderErrorKind.RateLimited => $"{who} is asked too often: {Sentence(error.Message)} Try again later, lower the provider's concurrency, or give '{profile.Name}' a fallback.",
            ProviderErrorKind.TimedOut => $"{who} is too slow for '{profile.Name}' ({profile.Model}): {Sentence(error.Message)} Raise timeoutSeconds or firstTokenTimeoutSeconds, or take another model.",
            ProviderErrorKind.ModelMissing => $"{who} at {address} has no model '{profile.Model}', or not for this key: {Sentence(error.Message)} Correct 'model' of '{profile.Name}', or --model.",
            ProviderErrorKind.ReplyDeclined => $"{who} ({profile.Model}) declined to answer: {Sentence(error.Message)} Change the prompt, or take another model.",
            ProviderErrorKind.ReplyEmpty or ProviderErrorKind.ReplyBroken or ProviderErrorKind.ReplyTooLarge or ProviderErrorKind.Refused =>
                $"{who} at {address} ({profile.Model}): {Sentence(error.Message)}",
            _ => throw new ArgumentOutOfRangeException(nameof(error), error.Kind, "Not a kind of provider error."),
        };
    }

    // What providers say may or may not end like a sentence.
    private static string Sentence(string text) => text.TrimEnd() is [.., '.' or '!' or '?'] ended ? ended : $"{text.TrimEnd()}.";
}
