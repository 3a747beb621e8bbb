using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Prompts;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>Renders a prompt template to a text.</summary>
[Activity(TypeName, Category = "Agents", Description = "Renders a prompt template to a text, without asking a model.")]
public sealed class RenderPromptActivity(PromptTemplates prompts) : IActivity
{
    internal const string TypeName = "LlmOrc.RenderPrompt";

    [Input(Description = "Name of a template, e.g. pr-review/review.")]
    public required string Template { get; init; }

    [Input(Description = "An object; its properties are the template's variables.", DefaultSyntax = "JavaScript")]
    public JsonElement Arguments { get; init; }

    [Output]
    public string? Text { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        Text = prompts.Render(Template, Arguments, cancellationToken).Text;
        return ValueTask.FromResult(ActivityResult.Done());
    }
}
