using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Service.Tests;

/// <summary>Answers every request with the same bytes, or never, and leaves the connection open.</summary>
internal sealed class FakeUpstream : IDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _asked = new();
    private readonly string? _answer;
    private readonly Task _released;

    public FakeUpstream(string? answer, Task? released = null)
    {
        _answer = answer;
        _released = released ?? Task.CompletedTask;
        _listener.Start();
        Url = $"http://{_listener.LocalEndpoint}/healthz";
        _ = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Ends when the first request has come in.</summary>
    public Task Asked => _asked.Task;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte[1]);
        _asked.TrySetResult();
        if (_answer is not null)
        {
            await _released;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(_answer));
        }
    }
}
