using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Npgsql;

namespace LlmOrc.Workflows.TestKit.Postgres;

/// <summary>
/// A real PostgreSQL server in a temporary folder, which it listens in and which goes with it; started when it is first asked for. Made to
/// be an assembly fixture: <c>[assembly: AssemblyFixture(typeof(PostgresServer))]</c>, and a parameter of the classes that use it.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // A tenth of it is usual.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Ends with our end of its input: a test process that is killed leaves no server and no folder behind. Before that a line may name the signal.
    private const string Script = """
        folder=$1 bin=$2
        if [ ! -e "$folder/data" ]; then
          "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions >/dev/null || exit 1
        fi
        "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=200 &
        server=$!
        read -r signal || { signal=INT; is_orphan=1; }
        kill -"$signal" "$server"
        wait "$server"
        [ -z "$is_orphan" ] || rm -rf "$folder"
        """;

    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly ConcurrentBag<(PostgresStore Store, string Address)> _free = [];
    private string? _folder;
    private Process? _process;
    private int _schemas;

    /// <summary>A database in which nothing is: a schema of its own.</summary>
    /// <returns>Its address, as <see cref="PostgresStoreOptions.ConnectionString"/>.</returns>
    public async Task<string> NewDatabaseAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        var schema = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _schemas)}");
        await using var source = NpgsqlDataSource.Create(Address);
        await using var command = source.CreateCommand($"CREATE SCHEMA {schema}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return $"{Address};Search Path={schema}";
    }

    /// <summary>A store in which nothing is, for a contract.</summary>
    public async Task<StoreSeams> OpenSeamsAsync(CancellationToken cancellationToken)
    {
        if (!_free.TryTake(out var database))
        {
            var address = await NewDatabaseAsync(cancellationToken);
            database = (PostgresStore.Open(new() { ConnectionString = address }), address);
        }

        return StoreSeams.Of(database.Store, new Returning(this, database));
    }

    /// <summary>The server's own database, for its superuser. Only while it runs.</summary>
    public string Address => $"Host={_folder};Username=postgres;Database=postgres";

    /// <summary>The socket on which it listens.</summary>
    public string SocketPath => Path.Combine(_folder!, ".s.PGSQL.5432");

    /// <summary>Starts it where it does not run; returns when it accepts connections.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_process is null)
            {
                _folder ??= CreateFolder();
                _process = Start(_folder);
                await WaitUntilReadyAsync(_process, cancellationToken);
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends it and waits for its end.</summary>
    /// <param name="isCrash">Whether it ends at once, as after a crash: its next start has to recover.</param>
    public async Task StopAsync(bool isCrash)
    {
        if (_process is not { } process)
        {
            return;
        }

        // Whatever becomes of the test, the server has to end.
        using var patience = new CancellationTokenSource(Patience);
        await process.StandardInput.WriteLineAsync((isCrash ? "QUIT" : "INT").AsMemory(), patience.Token);
        await process.StandardInput.FlushAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (store, _) in _free)
        {
            store.Dispose();
        }

        await StopAsync(isCrash: true);
        _starting.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static string CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to be root. Others may enter, for its socket.
            Run("chown", "postgres", folder);
            Run("chmod", "711", folder);
        }

        return folder;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' failed. As root, these tests need the user 'postgres' that Debian's package 'postgresql' makes.");
        }
    }

    private static Process Start(string folder)
    {
        string[] shell = ["sh", "-c", Script, "sh", folder, PostgresPrograms.Find()];
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", .. shell])
            : new ProcessStartInfo(shell[0], shell[1..]);
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private static async Task WaitUntilReadyAsync(Process process, CancellationToken cancellationToken)
    {
        var log = new ConcurrentQueue<string>();
        var isReady = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                isReady.TrySetResult(false);
            }
            else if (!isReady.Task.IsCompleted)
            {
                log.Enqueue(line.Data);
                if (line.Data.Contains("ready to accept connections", StringComparison.Ordinal))
                {
                    isReady.TrySetResult(true);
                }
            }
        };
        process.BeginErrorReadLine();
        if (!await isReady.Task.WaitAsync(Patience, cancellationToken))
        {
            throw new InvalidOperationException($"The PostgreSQL server did not start: {string.Join(Environment.NewLine, log)}");
        }
    }

    /// <summary>Empties a database and keeps it for the next who needs one: making tables takes fifty times as long.</summary>
    private sealed class Returning(PostgresServer server, (PostgresStore Store, string Address) database) : IAsyncDisposable
    {
        private const string Empty = """
            DELETE FROM instances; DELETE FROM snapshots; DELETE FROM entries; DELETE FROM payloads; DELETE FROM documents; DELETE FROM bookmarks;
            DELETE FROM timers; DELETE FROM inbox; DELETE FROM outbox; DELETE FROM messages; DELETE FROM metered_calls
            """;

        public async ValueTask DisposeAsync()
        {
            await using var source = NpgsqlDataSource.Create($"{database.Address};Pooling=false");
            await using var command = source.CreateCommand(Empty);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
            server._free.Add(database);
        }
    }
}
