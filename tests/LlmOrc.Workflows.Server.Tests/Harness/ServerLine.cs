using LlmOrc.Workflows.Client;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The line between a client and the server: it follows the server to its new port after a restart, and can be cut.</summary>
internal sealed class ServerLine(RunningServer server) : DelegatingHandler(new SocketsHttpHandler())
{
    private CancellationTokenSource _cut = new();
    private int _requests;

    /// <summary>How many requests were sent.</summary>
    public int Requests => _requests;

    /// <summary>Stands in for the server where it answers: n is the request's number, from 1. Null: the server answers.</summary>
    public Func<int, HttpResponseMessage?> Before { get; set; } = _ => null;

    /// <summary>Whether the answer of request n is lost on its way.</summary>
    public Func<int, bool> LosesAnswer { get; set; } = _ => false;

    /// <summary>After so many bytes of an answer the connection is cut; null: never.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Cuts what is connected at this moment.</summary>
    public void CutNow() => Interlocked.Exchange(ref _cut, new()).Cancel();

    public LlmOrcClient Client(LlmOrcClientOptions? options = null) => new(new HttpClient(this, disposeHandler: false) { BaseAddress = new("http://server/") }, options);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _requests);
        if (Before(number) is { } instead)
            return instead;
        request.RequestUri = new(server.Http.BaseAddress!, request.RequestUri!.PathAndQuery);
        request.Headers.Authorization = server.Http.DefaultRequestHeaders.Authorization;
        var response = await base.SendAsync(request, cancellationToken);
        if (LosesAnswer(number))
        {
            response.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The line was cut.");
        }

        var content = new StreamContent(new CutStream(await response.Content.ReadAsStreamAsync(cancellationToken), CutAfter ?? int.MaxValue, _cut.Token));
        foreach (var (name, values) in response.Content.Headers)
            content.Headers.TryAddWithoutValidation(name, values);
        response.Content = content;
        return response;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _cut.Dispose();
        base.Dispose(disposing);
    }

    private sealed class CutStream(Stream inner, int left, CancellationToken cut) : Stream
    {
        private int _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
                throw new IOException("The line was cut.");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
            try
            {
                var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], either.Token);
                _left -= read;
                return read;
            }
            catch (OperationCanceledException exception) when (cut.IsCancellationRequested)
            {
                throw new IOException("The line was cut.", exception);
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
