using System.Text;
using LlmOrc.Workflows.Definitions;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>Small documents, and what their authors are told.</summary>
public sealed class DiagnosticsTests
{
    public static TheoryData<string> Titles => [.. DiagnosticsTable.Cases.Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public void Author_is_told_what_is_wrong_and_where(string title)
    {
        var (document, expected) = DiagnosticsTable.Cases[title];

        var reading = Documents.Read(document);

        Assert.Equal(expected.ReplaceLineEndings("\n"), Told(reading));
        Assert.Equal(reading.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error), reading.Graph is null);
    }

    private static string Told(DefinitionReading reading)
    {
        var told = new StringBuilder();
        foreach (var d in reading.Diagnostics)
            told.Append($"{d.Line}:{d.Column} {d.Path} {d}\n");
        return told.ToString().TrimEnd();
    }
}
