using LlmOrc.Samples.CustomActivity;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Samples;

/// <summary>samples/CustomActivity: an activity in C#, in a host of its own.</summary>
public sealed class CustomActivityTests
{
    [Fact]
    public async Task It_runs_like_any_other()
    {
        await using var output = new StringWriter();

        await WordCountHost.RunAsync("one two  three", output);

        Assert.Equal(["Sample.WordCount (Word Count): Counts the words of a text.", "3 words"], output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task It_is_in_the_catalog_with_its_inputs_and_outputs_and_a_validation_knows_it()
    {
        await using var host = WordCountHost.Open();
        await using var without = LlmOrcHost.Open();

        var descriptor = host.Get<ActivityCatalog>().Find("Sample.WordCount")!;
        Assert.Equal(("Samples", "text", "words"), (descriptor.Category, Assert.Single(descriptor.Inputs).Name, Assert.Single(descriptor.Outputs).Name));
        Assert.True(descriptor.Inputs[0].IsRequired);
        Assert.Empty(host.Get<IDefinitionReader>().Read(WordCountHost.Document()).Diagnostics);
        Assert.Contains("Sample.WordCount", Assert.Single(without.Get<IDefinitionReader>().Read(WordCountHost.Document()).Diagnostics).Message);
    }
}
