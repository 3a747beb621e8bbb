using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Primitives;

/// <summary>Tells the host a line of text.</summary>
[Activity("Elsa.WriteLine", Category = "Console", DisplayName = "Write Line", Description = "Writes a line to the host's console.")]
public sealed class WriteLineActivity(ILineWriter writer) : IActivity
{
    [Input(Description = "The text.")]
    public string? Text { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        writer.WriteLine(context, Text ?? "");
        return new(ActivityResult.Done());
    }
}

/// <summary>Where lines of <see cref="WriteLineActivity"/> go; the host decides. A crash may repeat a line, never lose a committed one.</summary>
public interface ILineWriter
{
    void WriteLine(ActivityContext context, string text);
}

/// <summary>Standard error, because standard output belongs to the host's own result.</summary>
internal sealed class StandardErrorLines : ILineWriter
{
    public void WriteLine(ActivityContext context, string text) => Console.Error.WriteLine(text);
}
