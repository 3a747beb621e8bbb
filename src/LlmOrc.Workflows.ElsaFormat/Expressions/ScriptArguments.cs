using System.Text.Json;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>Arguments of a script's call, which may be missing.</summary>
internal static class ScriptArguments
{
    public static JsonElement At(this IReadOnlyList<JsonElement> arguments, int index) => index < arguments.Count ? arguments[index] : default;

    /// <exception cref="ArgumentException">It is missing.</exception>
    public static string Text(this IReadOnlyList<JsonElement> arguments, int index) =>
        arguments.TextOrNull(index) ?? throw new ScriptArgumentException($"Argument {index + 1} is missing: a text is expected.");

    public static string? TextOrNull(this IReadOnlyList<JsonElement> arguments, int index) =>
        arguments.At(index) is var value && value.IsNothing() ? null : value.ToText();

    /// <summary>Scripts see null where there is nothing, as in Elsa.</summary>
    public static JsonElement OrNull(this JsonElement value) => value.IsNothing() ? Values.Null : value;
}

/// <summary>A script passed what a function cannot use; it sees a TypeError with this message. Without the parameter's name, which is ours and not the script's.</summary>
internal sealed class ScriptArgumentException(string message, Exception? innerException = null) : ArgumentException(message, innerException);
