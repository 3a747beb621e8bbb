using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>The contract of <see cref="IDefinitionStore"/>: inherit it for each store.</summary>
public abstract class DefinitionStoreContract : StoreContract
{
    [Fact]
    public async Task A_document_is_found_by_the_hash_of_its_bytes()
    {
        var document = Commits.Utf8("{ \"name\" : \"Größe \U0001F980\" }\r\n");

        var hash = await Definitions.PutAsync("", document, Stop);

        Assert.Equal(Commits.Hash(document.ToArray()), hash);
        Assert.Equal(document.ToArray(), (await Definitions.FindAsync("", hash, Stop))!.Value.ToArray());
    }

    [Fact]
    public async Task The_same_document_again_is_no_change()
    {
        var first = await Definitions.PutAsync("", Commits.Utf8("{}"), Stop);
        var second = await Definitions.PutAsync("", Commits.Utf8("{}"), Stop);

        Assert.Equal(first, second);
        Assert.Equal("{}", (await Definitions.FindAsync("", first, Stop))!.Value.Text());
    }

    [Fact]
    public async Task Many_put_the_same_document_at_the_same_time()
    {
        var hashes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Definitions.PutAsync("", Commits.Utf8("{}"), Stop))));

        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public async Task A_document_does_not_change_with_the_callers_buffer()
    {
        var buffer = "{\"a\":1}"u8.ToArray();
        var hash = await Definitions.PutAsync("", buffer, Stop);
        Array.Fill(buffer, (byte)'x');

        Assert.Equal("{\"a\":1}", (await Definitions.FindAsync("", hash, Stop))!.Value.Text());
    }

    [Fact]
    public async Task A_document_of_five_megabytes_is_ordinary()
    {
        var document = new byte[5 * 1024 * 1024];
        new Random(18).NextBytes(document);

        var hash = await Definitions.PutAsync("", document, Stop);

        Assert.True((await Definitions.FindAsync("", hash, Stop))!.Value.Span.SequenceEqual(document));
    }

    [Fact]
    public async Task An_unknown_hash_is_null() =>
        Assert.Null(await Definitions.FindAsync("", Commits.Hash("nothing"), Stop));

    [Fact]
    public async Task Tenants_do_not_see_each_others_documents()
    {
        var hash = await Definitions.PutAsync("red", Commits.Utf8("{}"), Stop);

        Assert.Null(await Definitions.FindAsync("blue", hash, Stop));
        Assert.Null(await Definitions.FindAsync("", hash, Stop));
        Assert.Equal(hash, await Definitions.PutAsync("blue", Commits.Utf8("{}"), Stop));
        Assert.NotNull(await Definitions.FindAsync("blue", hash, Stop));
    }
}
