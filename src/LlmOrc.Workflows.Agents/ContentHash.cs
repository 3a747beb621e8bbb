using System.Security.Cryptography;
using System.Text;

namespace LlmOrc.Workflows.Agents;

/// <summary>Names a content by its SHA-256, lower-case hex.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string Of(string content) => Of(Encoding.UTF8.GetBytes(content));
}
