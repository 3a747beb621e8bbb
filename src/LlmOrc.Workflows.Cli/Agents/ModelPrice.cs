using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Cli.Agents;

/// <summary>What a model costs, US dollars for a million tokens.</summary>
internal static class ModelPrice
{
    /// <summary>Prompt and completion; a dash where the settings name no price.</summary>
    public static string Of(ModelProfile profile) => profile is { PricePerMillionPromptTokens: 0, PricePerMillionCompletionTokens: 0 }
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"${profile.PricePerMillionPromptTokens:0.####} + ${profile.PricePerMillionCompletionTokens:0.####} /M");

    public static void Write(Utf8JsonWriter json, ModelProfile profile)
    {
        json.WriteNumber("pricePerMillionPromptTokens", profile.PricePerMillionPromptTokens);
        json.WriteNumber("pricePerMillionCompletionTokens", profile.PricePerMillionCompletionTokens);
    }
}
