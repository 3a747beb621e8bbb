using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>
/// A stream of the program that goes to a file or a pipe, which may be full or gone. Who reads a pipe may stop when he has what he wants
/// (<c>| head -1</c>): that is no failure, and .NET passes over it.
/// </summary>
/// <param name="lost">Told what cannot be written: it throws, or lets it pass.</param>
internal sealed class RedirectedWriter(TextWriter stream, Action<IOException> lost) : TextWriter(stream.FormatProvider)
{
    public override Encoding Encoding => stream.Encoding;

    [AllowNull]
    public override string NewLine
    {
        get => stream.NewLine;
        set => stream.NewLine = value;
    }

    public override void Write(char value) => Try(() => stream.Write(value));

    public override void Write(string? value) => Try(() => stream.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => stream.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => stream.WriteLine(value));

    public override void Flush() => Try(stream.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception)
        {
            lost(exception);
        }
    }
}
