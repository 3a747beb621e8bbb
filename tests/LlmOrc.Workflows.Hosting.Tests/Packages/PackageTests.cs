using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.Packages;

/// <summary>What <c>dotnet pack</c> makes of the source, as it was built for the tests.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-orc-pack-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("Engine")]
    [InlineData("Expressions", "Engine")]
    [InlineData("ElsaFormat", "Engine", "Expressions")]
    [InlineData("Agents", "Engine", "Expressions")]
    [InlineData("Persistence", "Engine")]
    [InlineData("Client")]
    [InlineData("Hosting", "Engine", "Expressions", "ElsaFormat", "Agents", "Persistence")]
    public async Task A_package_has_all_that_a_package_should_have(string project, params string[] ours)
    {
        var name = $"LlmOrc.Workflows.{project}";
        await PackAsync(RepositoryRoot.Combine("src", name));
        var version = XDocument.Load(RepositoryRoot.Combine("Directory.Build.props")).Descendants("Version").Single().Value;

        using var package = ZipFile.OpenRead(Path.Combine(_folder.FullName, $"{name}.{version}.nupkg"));
        var files = package.Entries.Select(e => e.FullName).Where(f => f.StartsWith("lib/", StringComparison.Ordinal) || !f.Contains('/')).Where(f => !f.StartsWith("[Content", StringComparison.Ordinal));
        Assert.Equal([$"{name}.nuspec", "README.md", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"], files.Order(StringComparer.Ordinal));
        await using var stream = await package.GetEntry($"{name}.nuspec")!.OpenAsync(Stop);
        var facts = (await XDocument.LoadAsync(stream, LoadOptions.None, Stop)).Root!.Elements().Single();
        string? Fact(string element) => facts.Elements().FirstOrDefault(e => e.Name.LocalName == element)?.Value;
        Assert.Equal((name, version, "MIT", "README.md"), (Fact("id"), Fact("version"), Fact("license"), Fact("readme")));
        Assert.NotEqual("Package Description", Fact("description"));
        Assert.Equal(
            ours.Select(o => $"LlmOrc.Workflows.{o}").Order(StringComparer.Ordinal),
            facts.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value).Where(id => id.StartsWith("LlmOrc.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        using var symbols = ZipFile.OpenRead(Path.Combine(_folder.FullName, $"{name}.{version}.snupkg"));
        Assert.Contains(symbols.Entries, e => e.FullName == $"lib/net10.0/{name}.pdb");
    }

    private async Task PackAsync(string project)
    {
        var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        using var pack = Process.Start(new ProcessStartInfo("dotnet", ["pack", project, "--no-build", "-c", configuration, "-o", _folder.FullName, "-v", "quiet", "--nologo"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var (output, error) = (pack.StandardOutput.ReadToEndAsync(Stop), pack.StandardError.ReadToEndAsync(Stop));
        await pack.WaitForExitAsync(Stop);
        Assert.True(pack.ExitCode == 0, await output + await error);
    }
}
