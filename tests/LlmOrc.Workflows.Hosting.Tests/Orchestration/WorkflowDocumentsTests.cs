using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Hosting;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>Where workflows, prompts and settings come from in a host that may have nothing but the package.</summary>
public sealed class WorkflowDocumentsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_workflow_of_the_repository_is_delivered_byte_for_byte_and_read_without_a_remark()
    {
        await using var host = LlmOrcHost.Open();
        var documents = new WorkflowDocuments();
        string[] files = [.. Directory.GetFiles(RepositoryRoot.Combine("workflows"), "*.json")];

        Assert.Equal(files.Select(f => Path.GetFileNameWithoutExtension(f)).Append("conversation").Order(StringComparer.Ordinal), documents.Names);
        foreach (var file in files)
            Assert.Equal(await File.ReadAllBytesAsync(file, Stop), (await documents.ReadAsync(Path.GetFileNameWithoutExtension(file), Stop)).ToArray());
        foreach (var name in documents.Names)
            Assert.Empty(host.Get<IDefinitionReader>().Read(await documents.ReadAsync(name, Stop)).Diagnostics);
    }

    [Fact]
    public async Task One_in_the_folder_comes_before_the_delivered_one_and_an_unknown_name_lists_them_and_leads_nowhere()
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "pr-review.json"), "own", Stop);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "haiku.json"), "haiku", Stop);
            var inner = Directory.CreateDirectory(Path.Combine(folder.FullName, "workflows"));
            var documents = new WorkflowDocuments(folder.FullName);

            Assert.Equal("own"u8.ToArray(), (await documents.ReadAsync("pr-review", Stop)).ToArray());
            var unknown = await Assert.ThrowsAsync<ArgumentException>(() => documents.ReadAsync("hiku", Stop).AsTask());
            Assert.StartsWith("There is no workflow 'hiku'. Did you mean 'haiku'? There are: ", unknown.Message);
            await Assert.ThrowsAsync<ArgumentException>(() => new WorkflowDocuments(inner.FullName).ReadAsync("../haiku", Stop).AsTask());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_configuration_that_was_named_must_exist() =>
        Assert.StartsWith("There is no file ", Assert.Throws<FileNotFoundException>(() => LlmOrcHost.Open(o => o.ConfigurationPath = "nowhere.json")).Message);
}
