using System.Net;
using System.Net.Sockets;
using System.Text;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Tests.Torch.Collectives;

public class RendezvousTests
{
    private static readonly byte[] Gift = [.. Enumerable.Range(0, 128).Select(i => (byte)i)];
    private static readonly byte[] Token = Rendezvous.Token(name => name == Rendezvous.TokenVariable ? "job" : null, 3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Every_rank_gets_what_rank_0_gives()
    {
        var port = FreePort();
        // before rank 0 is there
        var peers = Enumerable.Range(1, 2).Select(r => Ask(port, r, Token, Patience)).ToList();
        await Give(port, 3, Patience);
        foreach (var peer in peers)
            Assert.Equal(Gift, await peer);
        await Give(FreePort(), 1, Patience);
        using var free = new TcpListener(IPAddress.Loopback, port); // it has closed
        free.Start();
    }

    [Fact]
    public async Task Strangers_learn_nothing_and_keep_nobody_out()
    {
        var port = FreePort();
        var given = Give(port, 3, Patience);
        using var silent = Connect(port);
        using var loud = Connect(port);
        loud.Client.Send(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"));
        var other = Ask(port, 1, Rendezvous.Token(_ => "another job", 3), Patience);
        Assert.StartsWith(
            $"127.0.0.1:{port}: whoever is there is not rank 0 of this job",
            (await Assert.ThrowsAsync<LinearScalingException>(() => other)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await Received(loud));
        var first = Ask(port, 1, Token, Patience);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<LinearScalingException>(() => Ask(port, 1, Token, Patience)); // this rank is there
        var second = Ask(port, 2, Token, Patience);
        await given;
        Assert.Equal(Gift, await first);
        Assert.Equal(Gift, await second);
    }

    [Fact]
    public async Task A_rank_that_does_not_come_is_named_to_all()
    {
        var port = FreePort();
        var given = Give(port, 4, TimeSpan.FromSeconds(2));
        var came = Ask(port, 2, Token, Patience);
        const string message = "ranks 1, 3 of 4 did not come to the start within 2 s";
        foreach (var task in new Task[] { given, came })
            Assert.StartsWith(
                message,
                (await Assert.ThrowsAsync<AgreedFailureException>(() => task)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task A_missing_rank_0_and_a_taken_port_are_told()
    {
        var port = FreePort();
        Assert.Equal(
            $"rank 0 did not answer at 127.0.0.1:{port} within 0.5 s",
            (
                await Assert.ThrowsAsync<LinearScalingException>(() => Ask(port, 1, Token, TimeSpan.FromSeconds(0.5)))
            ).Message
        );
        using var other = new TcpListener(IPAddress.IPv6Any, port);
        other.Server.DualMode = true;
        other.Start();
        Assert.Equal(
            $"port {port} of this machine, where the processes meet, is taken; set MASTER_PORT to a free one",
            (await Assert.ThrowsAsync<LinearScalingException>(() => Give(port, 2, Patience))).Message
        );
    }

    private static Task Give(int port, int ranks, TimeSpan patience) =>
        Task.Run(() => Rendezvous.Give(port, ranks, Token, Gift, patience));

    private static Task<byte[]> Ask(int port, int rank, byte[] token, TimeSpan patience) =>
        Task.Run(() => Rendezvous.Receive("127.0.0.1", port, rank, token, patience));

    private static TcpClient Connect(int port)
    {
        for (var tries = 0; ; tries++)
            try
            {
                return new TcpClient("127.0.0.1", port);
            }
            catch (SocketException) when (tries < 100)
            {
                Thread.Sleep(50);
            }
    }

    /// <summary>Bytes that arrive before the other side closes.</summary>
    private static async Task<int> Received(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[256], TestContext.Current.CancellationToken);
        }
        catch (IOException) // reset
        {
            return 0;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
