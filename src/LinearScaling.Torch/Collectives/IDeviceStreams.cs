namespace LinearScaling.Torch.Collectives;

/// <summary>The order of work on a device: what computes, and what communicates beside it.</summary>
internal interface IDeviceStreams : IDisposable
{
    /// <summary>The stream that communicates, for the library that works on it.</summary>
    nint Communication { get; }

    /// <summary>What is communicated from here on sees what was computed before.</summary>
    void BeginCommunication();

    /// <summary>Marks the end of what was begun; the mark can be asked for.</summary>
    nint Mark();

    /// <summary>Whether all before the mark is done; the mark is then none any more.</summary>
    bool IsDone(nint mark);

    /// <summary>What is computed from here on sees what was communicated before.</summary>
    void EndCommunication();
}
