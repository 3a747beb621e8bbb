using System.Xml.Linq;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>The dependency table of src/ARCHITECTURE.md: who knows whom, and which foreign worlds each project may know.</summary>
public sealed class DependencyTests
{
    private const string Prefix = "LlmOrc.Workflows.";

    private static readonly string[] Elsewhere = ["Microsoft.SemanticKernel", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "Microsoft.Orleans", "OllamaSharp", "OpenAI", "Anthropic", "Jint", "Scriban", "Spectre", "Npgsql", "System.CommandLine"];

    public static TheoryData<string, string[], string[]> Table => new()
    {
        { "Engine", [], [] },
        { "Expressions", ["Engine"], ["Jint", "Scriban"] },
        { "ElsaFormat", ["Engine", "Expressions"], [] },
        { "Agents", ["Engine", "Expressions"], ["Microsoft.SemanticKernel", "OllamaSharp", "OpenAI", "Anthropic"] },
        { "Persistence", ["Engine"], ["Microsoft.EntityFrameworkCore", "Npgsql"] },
        { "Hosting", ["Engine", "Expressions", "ElsaFormat", "Agents", "Persistence"], [] },
        { "Client", [], [] },
        { "Server", ["Engine", "Expressions", "ElsaFormat", "Agents", "Persistence", "Hosting"], ["Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore"] },
        { "Cli", ["Engine", "Expressions", "ElsaFormat", "Agents", "Persistence", "Client"], ["Spectre", "System.CommandLine"] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_project_knows_only_what_the_table_allows(string project, string[] ours, string[] foreign)
    {
        var file = XDocument.Load(RepositoryRoot.Combine("src", Prefix + project, Prefix + project + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)[Prefix.Length..]);
        var packages = file.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value)
            .Concat(file.Descendants("FrameworkReference").Select(r => r.Attribute("Include")!.Value));

        Assert.Empty(references.Except(ours));
        Assert.DoesNotContain(packages, p => Elsewhere.Any(e => p.StartsWith(e, StringComparison.Ordinal)) && !foreign.Any(f => p.StartsWith(f, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void What_is_built_knows_only_what_the_table_allows(string project, string[] ours, string[] foreign)
    {
        var name = project switch { "Cli" => "llm-orc", "Server" => "llm-orc-server", _ => Prefix + project };
        var path = Directory.EnumerateFiles(RepositoryRoot.Combine("src", Prefix + project, "bin"), name + ".dll", SearchOption.AllDirectories)
            .Where(p => !p.Contains($"{Path.DirectorySeparatorChar}ref{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .MaxBy(File.GetLastWriteTimeUtc);
        Assert.True(path is not null, $"{project} is not built: build the solution first.");
        using var stream = File.OpenRead(path!);
        using var assembly = new System.Reflection.PortableExecutable.PEReader(stream);
        var metadata = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(assembly);
        var known = metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name)).ToArray();

        Assert.Empty(known.Where(k => k.StartsWith(Prefix, StringComparison.Ordinal)).Select(k => k[Prefix.Length..]).Except(ours));
        Assert.DoesNotContain(known, k => Elsewhere.Any(e => k.StartsWith(e, StringComparison.Ordinal)) && !foreign.Any(f => k.StartsWith(f, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_of_the_source_is_in_the_table() =>
        Assert.Equal(
            Table.Select(row => row.Data.Item1).Order(StringComparer.Ordinal),
            Directory.GetDirectories(RepositoryRoot.Combine("src"), Prefix + "*").Select(d => Path.GetFileName(d)[Prefix.Length..]).Order(StringComparer.Ordinal));
}
