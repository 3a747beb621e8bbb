using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>A chat call as it came over the wire of any provider.</summary>
public sealed record ProviderCall
{
    /// <summary>1-based, in the order the calls came.</summary>
    public required int Number { get; init; }

    public required string Model { get; init; }

    /// <summary>Role and content of each message, in order; the system message first, wherever the wire has it.</summary>
    public required IReadOnlyList<(string Role, string Content)> Messages { get; init; }

    /// <summary>The whole request.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>SHA-256 of the body, lower-case hex.</summary>
    public required string BodyHash { get; init; }

    /// <summary>Path and query.</summary>
    public required string Target { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public string System => Messages.FirstOrDefault(m => m.Role == "system").Content ?? "";

    /// <summary>The key it came with; null: none.</summary>
    public string? Key => Headers.TryGetValue("Authorization", out var value) && value.StartsWith("Bearer ", StringComparison.Ordinal) ? value[7..] : null;

    /// <summary>Every place of the call in which a text stands: names of headers, <c>target</c>, <c>body</c>.</summary>
    public IReadOnlyList<string> PlacesOf(string text) =>
    [
        .. Headers.Where(h => h.Value.Contains(text, StringComparison.Ordinal)).Select(h => h.Key),
        .. Target.Contains(text, StringComparison.Ordinal) ? new[] { "target" } : [],
        .. Body.GetRawText().Contains(text, StringComparison.Ordinal) ? new[] { "body" } : [],
    ];

    /// <param name="messages">Finds the messages in the body.</param>
    internal static ProviderCall Read(HttpRequest request, byte[] utf8, int number, Func<JsonElement, IEnumerable<(string Role, string Content)>> messages)
    {
        var body = JsonElement.Parse(utf8);
        return new()
        {
            Number = number,
            Model = body.GetProperty("model").GetString()!,
            Messages = [.. messages(body)],
            Body = body,
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(utf8)),
            Target = request.Path + request.QueryString,
            Headers = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>The text of a content, which is a text or a list of parts.</summary>
    internal static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => content.EnumerateArray().Aggregate(new StringBuilder(), (text, part) => text.Append(part.GetProperty("text").GetString())).ToString(),
        _ => "",
    };
}
