using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>How a join treats its inbound branches.</summary>
internal enum JoinMode
{
    /// <summary>The first branch that arrives runs it and cancels the others.</summary>
    WaitAny,

    /// <summary>Runs when all branches have arrived; skipped if one of them was not taken.</summary>
    WaitAll,

    /// <summary>Runs when all branches that were taken have arrived.</summary>
    WaitAllActive,
}

internal static class JoinModes
{
    /// <summary>The mode a node's input names; the reader has refused modes it does not know, and modes that are not constant.</summary>
    public static JoinMode Of(ActivityNode node, string input, JoinMode whenAbsent) =>
        node.Inputs.TryGetValue(input, out var binding) && TryParse(binding.Expression.Value, out var mode) ? mode : whenAbsent;

    /// <summary>Reads a mode by name; Elsa's files spell it in three ways, all of which end in the name.</summary>
    public static bool TryParse(JsonElement value, out JoinMode mode)
    {
        mode = default;
        return value.ValueKind == JsonValueKind.String && Enum.TryParse(value.GetString()!.Trim('"'), ignoreCase: true, out mode) && Enum.IsDefined(mode);
    }
}
