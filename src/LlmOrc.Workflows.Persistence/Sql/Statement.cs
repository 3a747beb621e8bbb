namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>A statement and the values of its parameters, in the order in which the text first names them.</summary>
internal sealed record Statement(string Sql, params object?[] Values);
