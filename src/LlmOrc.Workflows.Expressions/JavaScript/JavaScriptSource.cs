using System.Runtime.InteropServices;
using Acornima.Ast;
using Jint;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// A checked and prepared script. Template literals are the one place where the interpreter copies text without asking
/// any limit, so each of their values is sent through <see cref="TemplatePartGuard"/>; the columns that this shifts are
/// shifted back in errors.
/// </summary>
internal sealed class JavaScriptSource
{
    /// <summary>Global function that counts the text put into a template literal.</summary>
    internal const string TemplatePartGuard = "$templatePart";

    /// <summary>How sources of expressions are called in messages.</summary>
    internal const string Name = "expression";

    private const string GuardOpen = $"{TemplatePartGuard}((";
    private const string GuardClose = "))";

    // Through these a script reaches properties by names that stand nowhere in it.
    private static readonly string[] NamesOfReflection = ["Reflect", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors"];

    private readonly List<Insertion> _insertions;
    private readonly HashSet<string> _names;
    private readonly bool _reachesAnything;

    private JavaScriptSource(Prepared<Script> script, List<Insertion> insertions, Inspection inspection)
    {
        Script = script;
        _insertions = insertions;
        _names = inspection.Names;
        _reachesAnything = inspection.HasComputedNames || Array.Exists(NamesOfReflection, _names.Contains);
        UsesGlobalObject = inspection.UsesGlobalObject;
        UsesRegExp = inspection.HasRegExpLiteral || Array.Exists(["RegExp", "match", "matchAll", "search"], Reaches);
    }

    public Prepared<Script> Script { get; }

    /// <summary>Whether the script can reach globals that it does not name.</summary>
    public bool UsesGlobalObject { get; }

    /// <summary>Whether the script can make or be given a regular expression.</summary>
    public bool UsesRegExp { get; }

    /// <summary>
    /// Whether the script can get at a property of this name: the name stands in it, or it computes names. What a script
    /// cannot reach needs no guard, and most scripts reach nothing.
    /// </summary>
    public bool Reaches(string name) => _reachesAnything || _names.Contains(name);

    public bool NamesGlobal(string name) => UsesGlobalObject || Script.ReferencedGlobals!.Contains(name);

    /// <summary>Checks size and nesting, parses, and refuses what the sandbox does not have.</summary>
    public static JavaScriptSource Prepare(string source, SandboxLimits limits)
    {
        JavaScriptNesting.Check(source, limits);
        var options = new ScriptPreparationOptions
        {
            CollectReferencedGlobals = true,
            ParsingOptions = new ScriptParsingOptions { CompileRegex = false, RegexTimeout = limits.RegexTime },
        };

        // "{ a: 1 }" is meant as an object, though the grammar makes it a block with a label.
        var insertions = new List<Insertion>();
        Prepared<Script> script;
        var opening = source.AsSpan().TrimStart();
        if (opening.StartsWith("{", StringComparison.Ordinal) && TryPrepare($"({source}\n)", options, out script))
        {
            insertions.Add(new Insertion(1, 0, 1));
            source = $"({source}\n)";
        }
        else
        {
            script = PrepareOrExplain(source, options);
        }

        var inspection = Inspect(script.Program!, insertions);
        if (inspection.TemplateParts.Count > 0)
        {
            source = GuardParts(source, inspection.TemplateParts, insertions);
            script = PrepareOrExplain(source, options);
        }

        return new JavaScriptSource(script, insertions, inspection);
    }

    /// <summary>The column, from 1, in the author's source of a place (column from 0) in the prepared one.</summary>
    public int AuthorColumn(int line, int column) => AuthorColumn(_insertions, line, column);

    private static int AuthorColumn(List<Insertion> insertions, int line, int column)
    {
        var shift = 0;
        foreach (var insertion in insertions)
        {
            if (insertion.Line == line && insertion.Column < column)
            {
                shift += Math.Min(insertion.Length, column - insertion.Column);
            }
        }

        return column - shift + 1;
    }

    private static bool TryPrepare(string source, ScriptPreparationOptions options, out Prepared<Script> script)
    {
        try
        {
            script = Engine.PrepareScript(source, Name, strict: false, options);
            return true;
        }
        catch (ScriptPreparationException)
        {
            script = default;
            return false;
        }
    }

    private static Prepared<Script> PrepareOrExplain(string source, ScriptPreparationOptions options)
    {
        try
        {
            return Engine.PrepareScript(source, Name, strict: false, options);
        }
        catch (ScriptPreparationException exception)
        {
            throw JavaScriptErrors.OfPreparation(exception);
        }
    }

    /// <summary>Walks the tree without recursion: collects what guards need to know, refuses what is not allowed.</summary>
    private static Inspection Inspect(Node root, List<Insertion> insertions)
    {
        var found = new Inspection();
        var pending = new Stack<Node>();
        pending.Push(root);
        while (pending.TryPop(out var node))
        {
            switch (node)
            {
                case BigIntLiteral:
                    throw Refused(node, insertions, "BigInt is not available here");
                case IFunction { Generator: true }:
                    // Resuming a generator that resumes a generator recurses natively, unguarded: a long chain ends the process.
                    throw Refused(node, insertions, "generator functions are not available here");
                case ImportExpression:
                    throw Refused(node, insertions, "import() is not available here");
                case Identifier { Name: TemplatePartGuard }:
                    throw Refused(node, insertions, $"the name {TemplatePartGuard} is reserved");
                case Identifier identifier:
                    found.Names.Add(identifier.Name);
                    found.UsesGlobalObject |= identifier.Name == "globalThis";
                    break;
                case ThisExpression:
                    found.UsesGlobalObject = true;
                    break;
                case StringLiteral literal:
                    found.Names.Add(literal.Value);
                    break;
                case RegExpLiteral:
                    found.HasRegExpLiteral = true;
                    break;
                case MemberExpression { Computed: true, Property: not (StringLiteral or NumericLiteral) } or IProperty { Computed: true, Key: not (StringLiteral or NumericLiteral) }:
                    found.HasComputedNames = true;
                    break;
                case TaggedTemplateExpression tagged:
                    // The tag receives the values as they are; it puts no text together by itself.
                    pending.Push(tagged.Tag);
                    foreach (var value in tagged.Quasi.Expressions)
                    {
                        pending.Push(value);
                    }

                    continue;
                case TemplateLiteral literal:
                    foreach (var value in literal.Expressions)
                    {
                        found.TemplateParts.Add((value.Start, value.End));
                    }

                    break;
                default:
                    break;
            }

            foreach (var child in node.ChildNodes)
            {
                if (child is not null)
                {
                    pending.Push(child);
                }
            }
        }

        return found;
    }

    private static string GuardParts(string source, List<(int Start, int End)> parts, List<Insertion> insertions)
    {
        // No two edges share an offset: backticks or "${" and "}" lie between them.
        var edges = new List<(int Offset, string Text)>(parts.Count * 2);
        foreach (var (start, end) in parts)
        {
            edges.Add((start, GuardOpen));
            edges.Add((end, GuardClose));
        }

        edges.Sort((a, b) => a.Offset.CompareTo(b.Offset));

        var guarded = new System.Text.StringBuilder(source.Length + (edges.Count * GuardOpen.Length));
        int copied = 0, line = 1, lineStart = 0;
        foreach (var (offset, text) in edges)
        {
            guarded.Append(source, copied, offset - copied);
            for (var i = copied; i < offset; i++)
            {
                if (IsLineEnd(source, i))
                {
                    line++;
                    lineStart = guarded.Length - (offset - i - 1);
                }
            }

            insertions.Add(new Insertion(line, guarded.Length - lineStart, text.Length));
            guarded.Append(text);
            copied = offset;
        }

        return guarded.Append(source, copied, source.Length - copied).ToString();
    }

    private static bool IsLineEnd(string source, int index) => source[index] switch
    {
        '\n' or '\u2028' or '\u2029' => true,
        '\r' => index + 1 >= source.Length || source[index + 1] != '\n',
        _ => false,
    };

    private static ExpressionException Refused(Node node, List<Insertion> insertions, string problem)
    {
        var place = node.Location.Start;
        return new ExpressionException(
            ExpressionErrorKind.Syntax, problem, Name, place.Line, AuthorColumn(insertions, place.Line, place.Column));
    }

    private sealed class Inspection
    {
        public List<(int Start, int End)> TemplateParts { get; } = [];

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public bool HasComputedNames { get; set; }

        public bool HasRegExpLiteral { get; set; }

        public bool UsesGlobalObject { get; set; }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Insertion(int Line, int Column, int Length);
}
