using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>Turns what a sandbox throws on checking into the problems a dialect lists.</summary>
internal static class DialectChecks
{
    public static IReadOnlyList<(string Message, int Line, int Column)> Problems(Action check)
    {
        try
        {
            check();
            return [];
        }
        catch (ExpressionException exception)
        {
            return [(exception.Problem, Math.Max(1, exception.Line), Math.Max(1, exception.Column))];
        }
    }
}
