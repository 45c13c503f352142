using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace LinearScaling.Torch.Collectives;

/// <summary>A short meeting of a job's processes over TCP: rank 0 gives every other one some bytes, once all have come,
/// and closes. It lets in those who know the job's token; whoever else is at the port learns nothing.</summary>
public static class Rendezvous
{
    /// <summary>The environment's variable with a text that only the processes of one job know.</summary>
    public const string TokenVariable = "LCS_JOB_TOKEN";

    private const int HelloBytes = 8 + 32 + 4;

    /// <summary>A stranger who says nothing is not listened to for longer.</summary>
    private static readonly TimeSpan Attention = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly byte[] Magic = "lcs-meet"u8.ToArray();

    /// <summary>A hash of what the job's processes share: its own token, or its number at the scheduler.</summary>
    public static byte[] Token(Func<string, string?> variable, int ranks) =>
        SHA256.HashData(
            Encoding.UTF8.GetBytes(
                string.Join(
                    '\n',
                    Versions.Program,
                    ranks,
                    variable(TokenVariable),
                    variable("SLURM_JOB_ID"),
                    variable("SLURM_STEP_ID"),
                    variable("TORCHELASTIC_RUN_ID")
                )
            )
        );

    /// <summary>Rank 0: waits for all others and gives them the bytes.</summary>
    /// <exception cref="LinearScalingException">The port is taken, or ranks did not come in time.</exception>
    public static void Give(int port, int ranks, byte[] token, byte[] gift, TimeSpan patience)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, port);
        listener.Server.DualMode = true;
        try
        {
            listener.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw CollectiveMistakes.PortTaken(port);
        }
        var peers = new Dictionary<int, Socket>();
        try
        {
            Gather(listener, ranks, token, peers, DateTime.UtcNow + patience);
            var missing = Enumerable.Range(1, ranks - 1).Where(r => !peers.ContainsKey(r)).ToList();
            var failure = missing.Count == 0 ? null : CollectiveMistakes.NotAllCame(missing, ranks, patience);
            foreach (var peer in peers.Values)
                Answer(peer, failure is null, failure is null ? gift : Encoding.UTF8.GetBytes(failure.Message));
            if (failure is not null)
                throw failure;
        }
        finally
        {
            foreach (var peer in peers.Values)
                peer.Dispose();
        }
    }

    /// <summary>Another rank: what rank 0 gives.</summary>
    /// <exception cref="LinearScalingException">Rank 0 is not there, is of another job, or says why it gave
    /// up.</exception>
    public static byte[] Receive(string address, int port, int rank, byte[] token, TimeSpan patience)
    {
        var until = DateTime.UtcNow + patience;
        using var socket = Connect(address, port, until) ?? throw CollectiveMistakes.NoMaster(address, port, patience);
        var hello = new byte[HelloBytes];
        Magic.CopyTo(hello, 0);
        token.CopyTo(hello, Magic.Length);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(HelloBytes - 4), rank);
        socket.ReceiveTimeout = (int)Math.Min(int.MaxValue, patience.TotalMilliseconds * 2);
        try
        {
            socket.Send(hello);
            var head = ReadExactly(socket, 5);
            var body = ReadExactly(socket, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1)));
            return head[0] == 1 ? body : throw new AgreedFailureException(Encoding.UTF8.GetString(body));
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            throw CollectiveMistakes.Rejected(address, port, e);
        }
    }

    /// <summary>The first machine of a list as Slurm writes it: <c>node[01-04,7],other</c>.</summary>
    public static string FirstHost(string list)
    {
        var bracket = list.IndexOf('[', StringComparison.Ordinal);
        var comma = list.IndexOf(',', StringComparison.Ordinal);
        if (bracket < 0 || (comma >= 0 && comma < bracket))
            return comma < 0 ? list : list[..comma];
        var number = list[(bracket + 1)..].Split('-', ',', ']')[0];
        return list[..bracket] + number;
    }

    private static void Gather(
        TcpListener listener,
        int ranks,
        byte[] token,
        Dictionary<int, Socket> peers,
        DateTime until
    )
    {
        var greetings = new List<Task>();
        while (DateTime.UtcNow < until)
        {
            lock (peers)
                if (peers.Count == ranks - 1)
                    return;
            if (!listener.Server.Poll(Pause, SelectMode.SelectRead))
                continue;
            var socket = listener.AcceptSocket();
            greetings.Add(Task.Run(() => Greet(socket, ranks, token, peers)));
        }
    }

    private static void Greet(Socket socket, int ranks, byte[] token, Dictionary<int, Socket> peers)
    {
        try
        {
            socket.ReceiveTimeout = (int)Attention.TotalMilliseconds;
            var hello = ReadExactly(socket, HelloBytes);
            var rank = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(HelloBytes - 4));
            var known =
                hello.AsSpan(0, Magic.Length).SequenceEqual(Magic)
                && CryptographicOperations.FixedTimeEquals(hello.AsSpan(Magic.Length, token.Length), token);
            lock (peers)
                if (known && rank > 0 && rank < ranks && peers.TryAdd(rank, socket))
                    return;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            // A stranger.
        }
        socket.Dispose();
    }

    private static void Answer(Socket peer, bool well, byte[] body)
    {
        var head = new byte[5];
        head[0] = well ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), body.Length);
        try
        {
            peer.Send(head);
            peer.Send(body);
        }
        catch (SocketException)
        {
            // It is gone; who waits for it will say so.
        }
    }

    private static Socket? Connect(string address, int port, DateTime until)
    {
        while (DateTime.UtcNow < until)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(address, port);
                return socket;
            }
            catch (SocketException) // rank 0 may come later
            {
                socket.Dispose();
                Thread.Sleep(Pause);
            }
        }
        return null;
    }

    private static byte[] ReadExactly(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count; )
            done += socket.Receive(bytes.AsSpan(done)) is var read and > 0 ? read : throw new EndOfStreamException();
        return bytes;
    }
}
