using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Remote;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>What every command is given.</summary>
internal sealed record CommandContext(Terminal Terminal, Workplace Place, Interruption Interruption, bool IsVerbose)
{
    /// <summary>Whether the caller named the folder or the configuration, so that those of a stored run do not count.</summary>
    public required bool NamesFolder { get; init; }

    /// <summary>Activities and parts beside the program's own.</summary>
    public Action<IServiceCollection>? More { get; init; }

    /// <summary>The server that is driven; null: the store of <see cref="Place"/>.</summary>
    public ServerAddress? Server { get; init; }

    public CancellationToken CancellationToken => Interruption.Token;
}
