using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Definitions;
using Xunit;

namespace LlmOrc.Workflows.Tests.Run;

public sealed class InputValuesTests : IDisposable
{
    private static readonly ArgumentDefinition[] Inputs = [new("text", "String"), new("number", "Int32"), new("list", "Object"), new("any", null)];

    private readonly List<string> _warnings = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("llm-orc-").FullName;

    [Theory]
    [InlineData("text=hello", "\"hello\"")]
    [InlineData("text=42", "\"42\"")]
    [InlineData("text={\"a\":1}", "\"{\\\"a\\\":1}\"")]
    [InlineData("text=", "\"\"")]
    [InlineData("text=a=b", "\"a=b\"")]
    [InlineData("text=@@user", "\"@user\"")]
    [InlineData("TEXT=true", "\"true\"")]
    [InlineData("number=42", "42")]
    [InlineData("number=forty", "\"forty\"")]
    [InlineData("list=[1,2]", "[1,2]")]
    [InlineData("list=\"quoted\"", "\"\\\"quoted\\\"\"")]
    [InlineData("any=null", "null")]
    [InlineData("any=true", "true")]
    [InlineData("any=007", "\"007\"")]
    [InlineData("unknown={\"a\":1}", "{\"a\":1}")]
    public async Task A_value_is_json_unless_the_input_is_a_text(string assignment, string expected)
    {
        var values = await ReadAsync([assignment]);

        Assert.Equal(JsonElement.Parse(expected).ToString(), Assert.Single(values).Value.ToString());
        Assert.Equal(JsonElement.Parse(expected).ValueKind, Assert.Single(values).Value.ValueKind);
    }

    [Fact]
    public async Task A_file_is_read_where_the_value_begins_with_an_at()
    {
        var path = Path.Combine(_folder, "change.diff");
        await File.WriteAllTextAsync(path, "--- a\n+++ b\n", TestContext.Current.CancellationToken);

        var values = await ReadAsync([$"text=@{path}"]);

        Assert.Equal("--- a\n+++ b\n", values["text"].GetString());
    }

    [Fact]
    public async Task A_dash_is_standard_input_once()
    {
        var values = Values("piped"u8.ToArray());

        var read = await values.ReadAsync(["text=-"], Inputs, TestContext.Current.CancellationToken);
        Assert.Equal("piped", read["text"].GetString());

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => values.ReadAsync(["any=-"], Inputs, TestContext.Current.CancellationToken));
        Assert.Contains("read for 'text' already", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_is_not_waited_for()
    {
        var values = new InputValues(() => Stream.Null, isPerson: true, _warnings.Add);

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => values.ReadAsync(["text=-"], Inputs, TestContext.Current.CancellationToken));
        Assert.Contains("nothing is piped", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no equals", "write --input name=value")]
    [InlineData("=value", "write --input name=value")]
    [InlineData("text=@/no/such/file", "There is no file /no/such/file for the input 'text'")]
    [InlineData("text=@/", "is a folder")]
    public async Task What_cannot_be_read_is_refused_in_words(string assignment, string expected)
    {
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => ReadAsync([assignment]));

        Assert.Equal(ExitCode.BadInput, failure.ExitCode);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_given_twice_is_refused()
    {
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => ReadAsync(["text=a", "Text=b"]));

        Assert.Contains("given twice", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_reads_files_below_its_folder()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "change.diff"), "a change", TestContext.Current.CancellationToken);
        var sample = JsonElement.Parse("""{ "diff": "@change.diff", "title": "A title", "count": 3, "handle": "@@me" }""");

        var values = await Values().ReadSampleAsync(sample, [_folder], TestContext.Current.CancellationToken);

        Assert.Equal("a change", values["diff"].GetString());
        Assert.Equal("A title", values["title"].GetString());
        Assert.Equal(3, values["count"].GetInt32());
        Assert.Equal("@me", values["handle"].GetString());
    }

    [Theory]
    [InlineData("@/etc/hostname")]
    [InlineData("@../outside")]
    [InlineData("@sub/../../outside")]
    public async Task A_sample_reads_nothing_outside_its_folder(string reference)
    {
        var sample = JsonElement.Parse($$"""{ "diff": "{{reference}}" }""");

        var failure = await Assert.ThrowsAsync<CommandFailedException>(
            () => Values().ReadSampleAsync(sample, [_folder], TestContext.Current.CancellationToken));
        Assert.Contains("not below", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_takes_the_first_folder_that_has_the_file_and_names_all_where_none_does()
    {
        var sample = JsonElement.Parse("""{ "diff": "@change.diff" }""");
        var (beside, current) = (Path.Combine(_folder, "beside"), Path.Combine(_folder, "current"));
        Directory.CreateDirectory(beside);
        Directory.CreateDirectory(current);
        async Task<string> Read() => (await Values().ReadSampleAsync(sample, [beside, current], TestContext.Current.CancellationToken))["diff"].GetString()!;

        var failure = await Assert.ThrowsAsync<CommandFailedException>(Read);
        Assert.Contains($"names change.diff for 'diff', which is in none of {beside} or {current}.", failure.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(current, "change.diff"), "current", TestContext.Current.CancellationToken);
        Assert.Equal("current", await Read());
        await File.WriteAllTextAsync(Path.Combine(beside, "change.diff"), "beside", TestContext.Current.CancellationToken);
        Assert.Equal("beside", await Read());
    }

    [Fact]
    public async Task A_file_of_inputs_must_hold_an_object()
    {
        var path = Path.Combine(_folder, "inputs.json");
        await File.WriteAllTextAsync(path, "[1]", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => InputValues.ReadFileAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("must hold an object", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_not_utf8_is_taken_as_latin1_and_told_with_its_place(bool isPiped)
    {
        byte[] bytes = [.. "-eins\n+zwölf "u8, .. "caf"u8, 0xE9, .. " \u00FC "u8, 0xC3];
        var path = Path.Combine(_folder, "change.diff");
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        var values = await Values(bytes).ReadAsync([isPiped ? "text=-" : $"text=@{path}"], Inputs, TestContext.Current.CancellationToken);

        Assert.Equal("-eins\n+zwölf café ü Ã", values["text"].GetString());
        var warning = Assert.Single(_warnings);
        Assert.StartsWith(isPiped ? "warning: Standard input, for the input 'text', is not UTF-8" : $"warning: {path}, for the input 'text', is not UTF-8", warning, StringComparison.Ordinal);
        Assert.Contains("0xE9 at offset 17, in line 2", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_says_how_a_file_is_encoded()
    {
        var path = Path.Combine(_folder, "change.diff");
        foreach (var encoding in new System.Text.Encoding[] { new System.Text.UTF8Encoding(true), System.Text.Encoding.Unicode, System.Text.Encoding.BigEndianUnicode, System.Text.Encoding.UTF32 })
        {
            await File.WriteAllTextAsync(path, "+é", encoding, TestContext.Current.CancellationToken);
            Assert.Equal("+é", (await ReadAsync([$"text=@{path}"]))["text"].GetString());
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_file_of_inputs_must_be_utf8()
    {
        var path = Path.Combine(_folder, "inputs.json");
        await File.WriteAllBytesAsync(path, [.. "{\"a\":\""u8, 0xE9, .. "\"}"u8], TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => InputValues.ReadFileAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("0xE9 at offset 6", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<Dictionary<string, JsonElement>> ReadAsync(string[] given) =>
        Values().ReadAsync(given, Inputs, TestContext.Current.CancellationToken);

    private InputValues Values(byte[]? piped = null) => new(() => new MemoryStream(piped ?? []), isPerson: false, _warnings.Add);
}
