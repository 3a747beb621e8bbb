using System.Net;
using System.Net.Sockets;

namespace LlmOrc.Workflows.TestKit.Postgres;

/// <summary>What happens to the next COMMIT that comes by.</summary>
public enum CommitLoss
{
    None,

    /// <summary>The connection breaks before the server gets it.</summary>
    Request,

    /// <summary>The connection breaks after the server has answered it, before its client hears of it.</summary>
    Answer,
}

/// <summary>A network between a client and a PostgreSQL server, which breaks at the worst moment: when a commit is under way.</summary>
public sealed class LossyProxy : IAsyncDisposable
{
    private readonly string _socketPath;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _next;

    /// <param name="socketPath">The server's.</param>
    public LossyProxy(string socketPath)
    {
        _socketPath = socketPath;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>To connect to instead of the server.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Lets one COMMIT be lost, whoever sends it.</summary>
    public void LoseNext(CommitLoss loss) => Volatile.Write(ref _next, (int)loss);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            await server.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), stop.Token);
            await using var upstream = new NetworkStream(server);
            var losesAnswer = false;
            var pumps = new[]
            {
                PumpAsync(client.GetStream(), upstream, isCommit =>
                {
                    var loss = isCommit ? (CommitLoss)Interlocked.Exchange(ref _next, (int)CommitLoss.None) : CommitLoss.None;
                    losesAnswer |= loss == CommitLoss.Answer;
                    return loss != CommitLoss.Request;
                }, stop.Token),
                PumpAsync(upstream, client.GetStream(), isCommit => !(isCommit && losesAnswer), stop.Token),
            };
            await Task.WhenAny(pumps);
            await stop.CancelAsync();
            await Task.WhenAll(pumps);
        }
    }

    /// <param name="goesOn">Whether the connection lives on, before what was read is sent on.</param>
    private static async Task PumpAsync(Stream from, Stream to, Func<bool, bool> goesOn, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                // The request and the answer to it are both called so, and come alone.
                if (!goesOn(buffer.AsSpan(0, read).IndexOf("COMMIT\0"u8) >= 0))
                {
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The other side has gone.
        }
    }
}
