using System.Text;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Names as scripts spell them.</summary>
internal static class Identifiers
{
    /// <summary>A name as part of a function's name: words capitalised and joined, e.g. <c>my greeter</c> → <c>MyGreeter</c>.</summary>
    public static string Pascal(string name)
    {
        var result = new StringBuilder(name.Length);
        var startsWord = true;
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '$'))
            {
                startsWord = true;
                continue;
            }

            result.Append(startsWord ? char.ToUpperInvariant(c) : c);
            startsWord = false;
        }

        return result.ToString();
    }

    /// <summary>The last part of a type name, e.g. <c>Elsa.WriteLine</c> → <c>WriteLine</c>.</summary>
    public static string ShortType(string typeName)
    {
        var shortName = typeName[(typeName.LastIndexOf('.') + 1)..];
        return shortName.Length > 0 ? shortName : "Activity";
    }

    /// <summary>A name as an id for addresses: lower-case letters, digits and single hyphens, at most 100 characters; empty where nothing is left.</summary>
    public static string Slug(string name)
    {
        var result = new StringBuilder();
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, 100)))
        {
            if (char.IsAsciiLetterOrDigit(c))
                result.Append(char.ToLowerInvariant(c));
            else if (result.Length > 0 && result[^1] != '-')
                result.Append('-');
        }

        return result.ToString().TrimEnd('-');
    }
}
