namespace LinearScaling.Torch.Collectives;

/// <summary>Messages between two processes: what <see cref="MessageCollectives"/> stands on. Those from one rank to
/// another arrive in the order in which they are sent.</summary>
internal interface IMessages : IDisposable
{
    int Rank { get; }

    int Size { get; }

    /// <summary>Which library carries them.</summary>
    string Name { get; }

    /// <summary>Begins to send; the memory must stay as it is until the request is done.</summary>
    /// <param name="bytes">Below 2^31.</param>
    nint Send(int peer, nint memory, long bytes);

    /// <summary>Begins to receive a message of that length.</summary>
    nint Receive(int peer, nint memory, long bytes);

    /// <summary>Whether a request is done; it is then no request any more.</summary>
    /// <exception cref="IOException">The message is lost.</exception>
    bool IsDone(ref nint request);

    /// <summary>Ends every process.</summary>
    void Abort(int exitCode);
}
