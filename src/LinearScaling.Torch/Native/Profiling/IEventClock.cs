namespace LinearScaling.Torch.Native.Profiling;

/// <summary>Events that a device passes between its kernels, and when it did.</summary>
public interface IEventClock : IDisposable
{
    /// <summary>How many events there are.</summary>
    int Count { get; }

    /// <summary>Puts an event behind the work that the device was given so far. Neither allocates nor throws.</summary>
    void Record(int index);

    /// <summary>Waits until the device has passed the event.</summary>
    void Wait(int index);

    /// <summary>Nanoseconds from event 0 to that one, both passed.</summary>
    long Since0(int index);
}
