using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Triggers;

/// <summary>Requests that a real Elsa 3.8 server answered: ours answers them alike. Texts of problems are our own.</summary>
public sealed class RecordedRequestTests
{
    private static readonly string Contract = RepositoryRoot.Combine("tests", "contract", "workflows");

    public static TheoryData<string, string> Requests()
    {
        var all = new TheoryData<string, string>();
        foreach (var folder in Directory.EnumerateDirectories(Contract, "d-http-*").Order(StringComparer.Ordinal))
        {
            foreach (var request in Directory.EnumerateFiles(folder, "request*.txt").Order(StringComparer.Ordinal))
                all.Add(Path.GetFileName(folder), Path.GetFileName(request));
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_recorded_request_is_answered_alike(string folder, string request)
    {
        var stop = TestContext.Current.CancellationToken;
        var place = Path.Combine(Contract, folder);
        await using var server = await RunningServer.StartAsync(workflows: new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["recorded"] = await File.ReadAllBytesAsync(Path.Combine(place, "definition.json"), stop),
        });
        var (head, body) = await File.ReadAllTextAsync(Path.Combine(place, request), stop) is var text && text.IndexOf("\n\n", StringComparison.Ordinal) is > 0 and var end
            ? (text[..end], text[(end + 2)..])
            : (text, "");
        var line = head.Split('\n')[0].Trim().Split(' ');

        var response = await server.SendAsync(new(line[0]), line[1], body.Length == 0 ? null : RunningServer.Text(body, "application/json"));

        var recorded = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(place, request.Replace("request", "response", StringComparison.Ordinal).Replace(".txt", ".json", StringComparison.Ordinal)), stop));
        Assert.Equal(recorded.GetProperty("status").GetInt32(), (int)response.StatusCode);
        foreach (var header in recorded.GetProperty("headers").EnumerateArray().Select(h => h.GetString()!.Split(": ")).Where(h => h[0].StartsWith("x-", StringComparison.OrdinalIgnoreCase)))
            Assert.Equal(header[1], Assert.Single(response.Headers.GetValues(header[0])));
        if (response.IsSuccessStatusCode && recorded.GetProperty("body") is { ValueKind: JsonValueKind.Object } expected)
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), JsonNode.Parse(await response.Content.ReadAsStringAsync(stop))), await response.Content.ReadAsStringAsync(stop));
    }
}
