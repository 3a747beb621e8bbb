using LlmOrc.Workflows.Activities;

namespace LlmOrc.Samples.CustomActivity;

/// <summary>Counts words: an activity as small as they get. Its properties are its inputs and outputs; services come by constructor.</summary>
[Activity("Sample.WordCount", Category = "Samples", Description = "Counts the words of a text.")]
public sealed class WordCountActivity : IActivity
{
    [Input(Description = "Any text.", UIHint = "multiline")]
    public required string Text { get; init; }

    [Output(Description = "How many words it has.")]
    public int Words { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        Words = Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return ValueTask.FromResult(ActivityResult.Done());
    }
}
