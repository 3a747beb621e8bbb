using System.Security.Cryptography;
using System.Text;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests.Templates;

public sealed class TemplateFolderTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("templates-").FullName;
    private readonly string _root;

    public TemplateFolderTests()
    {
        _root = Path.Combine(_base, "root");
        Directory.CreateDirectory(Path.Combine(_root, "pr-review"));
        Write("root/pr-review/security.scriban", "Look at {{ diff }}");
        Write("root/mail.liquid", "Hi");
        Write("root/notes.txt", "no template");
        Write("secret.scriban", "secret");
        Write("rootless/x.scriban", "beside");
    }

    public void Dispose() => Directory.Delete(_base, recursive: true);

    [Theory]
    [InlineData("pr-review/security", "pr-review/security.scriban", TemplateDialect.Scriban)]
    [InlineData("pr-review/security.scriban", "pr-review/security.scriban", TemplateDialect.Scriban)]
    [InlineData("mail", "mail.liquid", TemplateDialect.Liquid)]
    [InlineData("mail.liquid", "mail.liquid", TemplateDialect.Liquid)]
    public void A_template_is_found_with_and_without_extension(string name, string fullName, TemplateDialect dialect)
    {
        Assert.True(new TemplateFolder(_root).TryRead(name, out var template));
        Assert.Equal((fullName, dialect), (template.Name, template.Dialect));
    }

    [Fact]
    public void A_template_carries_the_hash_of_its_bytes()
    {
        new TemplateFolder(_root).TryRead("pr-review/security", out var template);
        Assert.Equal("Look at {{ diff }}", template!.Text);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("Look at {{ diff }}"u8)), template.Sha256);
    }

    [Fact]
    public void An_edited_template_counts_at_once()
    {
        var folder = new TemplateFolder(_root);
        folder.TryRead("mail", out _);
        Write("root/mail.liquid", "Hello");
        folder.TryRead("mail", out var template);
        Assert.Equal("Hello", template!.Text);
    }

    [Fact]
    public void An_old_template_is_read_once_and_again_when_it_is_written()
    {
        var path = Path.Combine(_root, "mail.liquid");
        var yesterday = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1);
        File.SetLastWriteTimeUtc(path, yesterday);
        var folder = new TemplateFolder(_root);
        folder.TryRead("mail", out var first);
        folder.TryRead("mail", out var second);
        Assert.Same(first, second);

        // As long as before.
        File.WriteAllText(path, "Ho");
        folder.TryRead("mail", out var edited);
        Assert.Equal("Ho", edited!.Text);

        File.SetLastWriteTimeUtc(path, yesterday);
        File.Delete(path);
        Assert.False(folder.TryRead("mail", out _));
    }

    [Fact]
    public void A_template_behind_a_link_is_read_every_time()
    {
        var target = Path.Combine(_root, "notes.txt");
        File.SetLastWriteTimeUtc(target, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
        File.CreateSymbolicLink(Path.Combine(_root, "link.scriban"), target);
        var folder = new TemplateFolder(_root);
        folder.TryRead("link", out _);
        File.WriteAllText(target, "NO TEMPLATE");
        folder.TryRead("link", out var edited);
        Assert.Equal("NO TEMPLATE", edited!.Text);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("notes.txt")]
    [InlineData("notes")]
    [InlineData("pr-review")]
    [InlineData("PR-REVIEW/nothing")]
    public void What_is_not_there_is_not_found(string name) => Assert.False(new TemplateFolder(_root).TryRead(name, out _));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("../secret.scriban")]
    [InlineData("pr-review/../../secret")]
    [InlineData("pr-review/./security")]
    [InlineData("/etc/passwd")]
    [InlineData("//x")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..\\secret")]
    [InlineData("a\\b")]
    [InlineData("C:/x")]
    [InlineData("C:x")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a.")]
    [InlineData("a /b")]
    [InlineData("../rootless/x")]
    public void A_name_that_could_step_out_is_refused(string name)
    {
        Assert.False(TemplateName.IsValid(name));
        Assert.Throws<ExpressionException>(() => new TemplateFolder(_root).TryRead(name, out _));
    }

    [Fact]
    public void Links_are_followed_within_the_folder_only()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "inside.scriban"), Path.Combine(_root, "pr-review/security.scriban"));
        File.CreateSymbolicLink(Path.Combine(_root, "outside.scriban"), Path.Combine(_base, "secret.scriban"));
        File.CreateSymbolicLink(Path.Combine(_root, "relative.scriban"), "../secret.scriban");
        Directory.CreateSymbolicLink(Path.Combine(_root, "folder"), _base);
        File.CreateSymbolicLink(Path.Combine(_root, "beside.scriban"), Path.Combine(_base, "rootless/x.scriban"));

        var folder = new TemplateFolder(_root);
        Assert.True(folder.TryRead("inside", out _));
        foreach (var name in new[] { "outside", "relative", "folder/secret", "beside" })
        {
            Assert.Contains("out of the template folder", Assert.Throws<ExpressionException>(() => folder.TryRead(name, out _)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_folder_itself_may_be_reached_by_a_link()
    {
        var link = Path.Combine(_base, "link");
        Directory.CreateSymbolicLink(link, _root);
        Assert.True(new TemplateFolder(link).TryRead("mail", out _));
    }

    [Fact]
    public void A_file_that_is_too_large_or_no_text_is_refused()
    {
        Write("root/large.scriban", new string('x', (256 * 1024) + 1));
        File.WriteAllBytes(Path.Combine(_root, "binary.scriban"), [0xFF, 0xFE, 0x80]);
        var folder = new TemplateFolder(_root);
        Assert.Equal(ExpressionErrorKind.Limit, Assert.Throws<ExpressionException>(() => folder.TryRead("large", out _)).Kind);
        Assert.Equal(ExpressionErrorKind.Syntax, Assert.Throws<ExpressionException>(() => folder.TryRead("binary", out _)).Kind);
    }

    [Fact]
    public void A_byte_order_mark_is_not_text()
    {
        File.WriteAllBytes(Path.Combine(_root, "bom.scriban"), [0xEF, 0xBB, 0xBF, .. "x"u8]);
        new TemplateFolder(_root).TryRead("bom", out var template);
        Assert.Equal("x", template!.Text);
    }

    [Fact]
    public void All_names_are_listed() => Assert.Equal(["mail.liquid", "pr-review/security.scriban"], new TemplateFolder(_root).Names());

    [Fact]
    public void A_missing_folder_is_an_error() => Assert.Throws<DirectoryNotFoundException>(() => new TemplateFolder(Path.Combine(_base, "none")));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_base, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
