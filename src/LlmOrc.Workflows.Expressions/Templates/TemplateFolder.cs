using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Templates in a folder: <c>templates/pr-review/security.scriban</c> is <c>pr-review/security</c>, with or without its
/// extension (<c>.scriban</c> or <c>.liquid</c>; other files are not templates). An edited prompt counts from the next call
/// on: a file is read again whenever it was written since. Links are followed within the folder only.
/// </summary>
public sealed class TemplateFolder : ITemplateSource
{
    // As many links as Linux follows; a loop of links ends here.
    private const int MaxLinks = 40;

    private static readonly (string Extension, TemplateDialect Dialect)[] Kinds =
        [(".scriban", TemplateDialect.Scriban), (".liquid", TemplateDialect.Liquid)];

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // More than any folder of prompts holds.
    private const int MaxKept = 1000;

    private readonly ConcurrentDictionary<string, (FileStamp Stamp, TemplateText Text)> _kept = new(StringComparer.Ordinal);
    private readonly string _root;
    private readonly SandboxLimits _limits;

    /// <summary>Opens a folder, which must exist.</summary>
    /// <exception cref="DirectoryNotFoundException">It does not.</exception>
    public TemplateFolder(string path, SandboxLimits? limits = null)
    {
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no template folder {path}.");
        }

        _root = RealPath(Path.GetFullPath(path));
        _limits = limits ?? SandboxLimits.Standard;
    }

    /// <inheritdoc/>
    public bool TryRead(string name, [NotNullWhen(true)] out TemplateText? template)
    {
        template = null;
        if (!TemplateName.IsValid(name))
        {
            throw Refused(name, "the name of a template is a relative path without '..'");
        }

        foreach (var (extension, dialect) in Kinds)
        {
            var fullName = name.EndsWith(extension, StringComparison.Ordinal) ? name : name + extension;
            var path = Path.Combine(_root, fullName);
            var stamp = FileStamp.Of(path);
            if (stamp is { } current && _kept.TryGetValue(path, out var kept) && kept.Stamp == current)
            {
                template = kept.Text;
                return true;
            }

            if (stamp is not null || File.Exists(path))
            {
                template = Read(fullName, path, dialect);
                Keep(path, stamp, template);
                return true;
            }
        }

        return false;
    }

    /// <summary>All names in the folder, with extension and forward slashes, in ordinal order.</summary>
    public IReadOnlyList<string> Names() => Directory
        .EnumerateFiles(_root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden })
        .Where(path => Array.Exists(Kinds, kind => path.EndsWith(kind.Extension, StringComparison.Ordinal)))
        .Select(path => Path.GetRelativePath(_root, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal)
        .ToList();

    private void Keep(string path, FileStamp? stamp, TemplateText template)
    {
        if (stamp is not { } current || !current.IsSettled(TimeProvider.System.GetUtcNow()))
        {
            return;
        }

        if (_kept.Count >= MaxKept)
        {
            _kept.Clear();
        }

        _kept[path] = (current, template);
    }

    private TemplateText Read(string name, string path, TemplateDialect dialect)
    {
        var real = RealPath(path);
        if (!real.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw Refused(name, "it is a link that leads out of the template folder");
        }

        using var file = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        // Characters are at most as many as bytes; what the parser may see is checked again in characters.
        var maxBytes = _limits.MaxSourceLength * 4L;
        var bytes = new byte[Math.Min(file.Length, maxBytes + 1)];
        file.ReadExactly(bytes);
        if (bytes.Length > maxBytes)
        {
            throw new ExpressionException(ExpressionErrorKind.Limit, $"the template is larger than {maxBytes} bytes", name);
        }

        try
        {
            var text = Utf8.GetString(bytes);
            return new TemplateText(name, text.TrimStart('\uFEFF'), dialect, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (DecoderFallbackException exception)
        {
            throw new ExpressionException(ExpressionErrorKind.Syntax, "the template is not UTF-8 text", name, innerException: exception);
        }
    }

    /// <summary>The path with every link in it followed, that of folders on the way included.</summary>
    private static string RealPath(string path)
    {
        var links = 0;
        var pending = new Stack<string>(path.Split(Path.DirectorySeparatorChar).Reverse());
        var real = Path.GetPathRoot(path)!;
        while (pending.TryPop(out var part))
        {
            if (part is "" or "." || part + Path.DirectorySeparatorChar == Path.GetPathRoot(path))
            {
                continue;
            }

            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException("Too many links on the way to a template.");
            }

            real = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
            foreach (var step in target.Split(Path.DirectorySeparatorChar).Reverse())
            {
                pending.Push(step);
            }
        }

        return real;
    }

    private static ExpressionException Refused(string name, string problem) => new(ExpressionErrorKind.Runtime, problem, name);
}
