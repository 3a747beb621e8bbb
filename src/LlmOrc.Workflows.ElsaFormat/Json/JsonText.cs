using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace LlmOrc.Workflows.ElsaFormat.Json;

/// <summary>What is wrong with a text that should be JSON, and where.</summary>
internal sealed record JsonProblem(string Code, string Message, int? Line, int? Column);

/// <summary>Parses JSON that comes from outside: everything a reader would trip over later is found here, in one pass.</summary>
internal static class JsonText
{
    // The deepest recorded document nests 14 levels; the designer itself gives up at 32 activities (about 70 levels).
    public const int MaxDepth = 200;

    // A 10 MiB document of real activities has about 300,000 values; more are made to cost memory.
    private const int MaxValues = 1_000_000;

    /// <summary>Parses strictly, else with comments and trailing commas; then <paramref name="problem"/> says what was forgiven.</summary>
    /// <returns>Null where it is not JSON, or more than we read; <paramref name="problem"/> says why.</returns>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> utf8, out JsonProblem? problem)
    {
        problem = Scan(utf8.Span, isTolerant: false);
        if (problem is null)
            return Document(utf8, isTolerant: false);
        if (problem.Code != "not-json" || Scan(utf8.Span, isTolerant: true) is not null)
            return null;

        problem = problem with
        {
            Code = "not-strict-json",
            Message = "Comments and trailing commas are read here, but Elsa's own tools refuse them: remove them.",
        };
        return Document(utf8, isTolerant: true);
    }

    /// <summary>Parses JSON text found inside a string of a document; null where it is none.</summary>
    public static JsonElement? ParseInner(string text)
    {
        using var document = Parse(System.Text.Encoding.UTF8.GetBytes(text), out _);
        return document?.RootElement.Clone();
    }

    /// <summary>The reader's message without its position, which it gives in a counting of its own.</summary>
    public static string WithoutPlace(string message) =>
        message.IndexOf(" LineNumber:", StringComparison.Ordinal) is >= 0 and var at ? message[..at] : message;

    private static JsonDocument Document(ReadOnlyMemory<byte> utf8, bool isTolerant) => JsonDocument.Parse(
        utf8,
        new() { MaxDepth = MaxDepth, AllowTrailingCommas = isTolerant, CommentHandling = isTolerant ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow });

    private static JsonProblem? Scan(ReadOnlySpan<byte> utf8, bool isTolerant)
    {
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
            return new("not-json", "The document is empty.", 1, 1);
        if (!Utf8.IsValid(utf8))
            return Problem("not-json", "The document is not UTF-8 text: save it as UTF-8.", utf8, FirstInvalid(utf8));

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            // One more than we allow, so that our own message is given.
            MaxDepth = MaxDepth + 1,
            AllowTrailingCommas = isTolerant,
            CommentHandling = isTolerant ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
        });
        var values = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= MaxDepth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    return Problem("too-deep", $"The document nests deeper than {MaxDepth} levels: move inner parts into workflows of their own.", utf8, reader.TokenStartIndex);
                if (++values > MaxValues)
                    return Problem("too-large", $"The document has more than {MaxValues:N0} values: split it.", utf8, reader.TokenStartIndex);
                if (reader.ValueIsEscaped && !IsText(reader))
                    return Problem("not-json", "The text holds half of a surrogate pair (\\uD800 to \\uDFFF) and cannot be read: remove it.", utf8, reader.TokenStartIndex);
            }
        }
        catch (JsonException exception)
        {
            var (line, column) = TextPosition.InLine(utf8, exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
            return new("not-json", $"The document is not JSON: {WithoutPlace(exception.Message)}", line, column);
        }

        return null;
    }

    // An escaped half of a surrogate pair is well-formed JSON, but throws wherever the string is read.
    private static bool IsText(in Utf8JsonReader reader)
    {
        var buffer = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            reader.CopyString(buffer);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private static JsonProblem Problem(string code, string message, ReadOnlySpan<byte> utf8, long offset)
    {
        var (line, column) = new TextPosition().MoveTo(utf8, offset);
        return new(code, message, line, column);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (at < utf8.Length && System.Text.Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
