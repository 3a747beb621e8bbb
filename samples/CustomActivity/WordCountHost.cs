using LlmOrc.Workflows;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Samples.CustomActivity;

/// <summary>A host with activities of its own.</summary>
public static class WordCountHost
{
    public static LlmOrcHost Open() => LlmOrcHost.Open(services: services => services.AddActivitiesFrom(typeof(WordCountActivity).Assembly));

    public static byte[] Document()
    {
        using var stream = typeof(WordCountHost).Assembly.GetManifestResourceStream("word-count.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static async Task RunAsync(string text, TextWriter output)
    {
        await using var host = Open();

        // It is in the catalog, which the designer and the validation read
        var descriptor = host.Get<ActivityCatalog>().Find("Sample.WordCount")!;
        await output.WriteLineAsync($"{descriptor.TypeName} ({descriptor.DisplayName}): {descriptor.Description}");
        foreach (var diagnostic in host.Get<IDefinitionReader>().Read(Document()).Diagnostics)
            await output.WriteLineAsync(diagnostic.ToString());

        // It runs in a workflow like any other
        var started = await host.Runtime.StartAsync(new() { Document = Document(), Input = new Dictionary<string, System.Text.Json.JsonElement> { ["text"] = Values.From(text) } });
        await host.Runtime.WaitAsync(started.Key.InstanceId);
        var outcome = await host.Runtime.GetOutcomeAsync(started.Key.InstanceId);
        await output.WriteLineAsync($"{outcome.Output.GetProperty("words")} words");
    }
}
