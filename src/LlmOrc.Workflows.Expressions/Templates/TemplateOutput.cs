using System.Text;
using Scriban;
using Scriban.Runtime;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Collects the rendered text and throws when it grows over its limit; Scriban's own would cut it.</summary>
internal sealed class TemplateOutput(TemplateContext context, int maxLength) : IScriptOutput
{
    private readonly StringBuilder _text = new();

    public void Write(string text, int offset, int count)
    {
        if (_text.Length + (long)count > maxLength)
        {
            throw new TemplateLimitException(context.CurrentSpan, $"its text is longer than {maxLength} characters");
        }

        _text.Append(text, offset, count);
    }

    public ValueTask WriteAsync(string text, int offset, int count, CancellationToken cancellationToken)
    {
        Write(text, offset, count);
        return ValueTask.CompletedTask;
    }

    public override string ToString() => _text.ToString();
}
