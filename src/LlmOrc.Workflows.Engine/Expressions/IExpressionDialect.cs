using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Evaluates one scripted dialect (JavaScript, Liquid, Scriban). Stateless; called from many instances at once.</summary>
public interface IExpressionDialect
{
    /// <summary>The expression type it serves, e.g. <c>JavaScript</c>.</summary>
    string Type { get; }

    /// <summary>Evaluates within the sandbox's limits.</summary>
    /// <exception cref="Exception">Whatever is wrong with the expression; the message names line and column and becomes a <see cref="Failure"/>.</exception>
    JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken);

    /// <summary>Problems that can be seen without running it, e.g. a syntax error; empty if none. (Message, 1-based line, 1-based column.)</summary>
    IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression);
}

/// <summary>What an expression may see and change. Changes are journaled with the value and applied by the engine.</summary>
public interface IExpressionScope
{
    string InstanceId { get; }

    string DefinitionId { get; }

    string DefinitionVersionId { get; }

    int DefinitionVersion { get; }

    string? CorrelationId { get; set; }

    string? InstanceName { get; set; }

    /// <summary>The instance's input, an object.</summary>
    JsonElement Input { get; }

    /// <summary>Names of all variables in scope, innermost first, each name once.</summary>
    IEnumerable<string> VariableNames { get; }

    /// <summary>Looks a variable up by name, from the current activity outward.</summary>
    bool TryGetVariable(string name, out JsonElement value);

    /// <summary>Assigns the nearest variable of that name; false where there is none.</summary>
    bool TrySetVariable(string name, JsonElement value);

    /// <summary>Latest output of an activity (by id or name); a null output name means <c>result</c>, else its only one. Undefined where there is none.</summary>
    JsonElement GetOutput(string activityIdOrName, string? outputName);

    /// <summary>The value of the most recent output called <c>result</c>; undefined where there is none.</summary>
    JsonElement LastResult { get; }

    /// <summary>The graph, for names that a dialect derives from it (per-activity and per-input functions).</summary>
    WorkflowGraph Graph { get; }
}
