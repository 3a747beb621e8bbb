using System.Diagnostics;
using System.Globalization;
using LlmOrc.Workflows.Expressions;
using LlmOrc.Workflows.HostileHost;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>
/// X1, X2, X3: every hostile script or template faults within two seconds and 64 MiB, and the process that runs them all
/// lives on. They run in a child process, because what they try is to end it. The seconds are those of the clock, or of the
/// processor where the machine has other things to do.
/// </summary>
public sealed class HostileTests
{
    private const int MaxMilliseconds = 2_000;
    private const int MaxGrowthKilobytes = 64 * 1024;

    [Fact]
    public Task Hostile_JavaScript_faults_within_its_limits() => AssertAllStopped("javascript", HostileScripts.All, 60);

    [Fact]
    public Task Hostile_Scriban_faults_within_its_limits() => AssertAllStopped("scriban", HostileTemplates.All, 60);

    [Fact]
    public Task Hostile_Liquid_faults_within_its_limits() => AssertAllStopped("liquid", HostileLiquid.All, 30);

    private static async Task AssertAllStopped(string kind, IReadOnlyList<HostileCase> cases, int atLeast)
    {
        Assert.True(cases.Count >= atLeast, $"{cases.Count} cases, {atLeast} are promised.");
        var (lines, errors, exitCode) = await RunHost(kind);

        var failures = new List<string>();
        foreach (var line in lines)
        {
            var fields = line.Split('\t');
            var isFault = Enum.TryParse<ExpressionErrorKind>(fields[1], out _);
            if (!isFault
                || Math.Min(Number(fields[2]), Number(fields[3])) > MaxMilliseconds
                || Number(fields[4]) > MaxGrowthKilobytes)
            {
                failures.Add(line);
            }
        }

        Assert.Empty(failures);
        Assert.True(
            exitCode == 0 && lines.Count == cases.Count,
            $"The host ended with {exitCode} after {lines.Count} of {cases.Count} cases, at {cases.ElementAtOrDefault(lines.Count)?.Name}: {errors}");
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static async Task<(List<string> Lines, string Errors, int ExitCode)> RunHost(string kind)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { typeof(HostileCase).Assembly.Location, kind },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var host = Process.Start(start)!;
        var errors = host.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
        }

        await host.WaitForExitAsync(TestContext.Current.CancellationToken);
        var told = await errors;
        return (lines, told.Length > 2_000 ? told[..2_000] : told, host.ExitCode);
    }
}
