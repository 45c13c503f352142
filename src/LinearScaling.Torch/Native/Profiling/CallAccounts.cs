using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native.Profiling;

/// <summary>Times of operators, from when each call began and ended. Neither allocates nor throws for operators of
/// libtorch, whose callbacks tell of them.</summary>
internal sealed class CallAccounts
{
    private readonly NamedTimes operators = new(1024);
    private readonly Dictionary<string, OperatorTotal> kernels = [];
    private readonly OperatorCallStack running = new(256);
    private int within; // our own operators on the call stack

    /// <summary>Ticks inside our own operators, everything that they call included.</summary>
    public long Whole { get; private set; }

    /// <summary>Takes what happened to a call at a time.</summary>
    /// <param name="at">In ticks.</param>
    /// <param name="name">The operator of libtorch that begins.</param>
    /// <param name="kernel">The kernel of ours that ends.</param>
    public void Take(CallEvent what, long at, nint name = 0, string? kernel = null)
    {
        if (what is CallEvent.Begins or CallEvent.OwnBegins)
        {
            running.Push(name, at);
            within += what == CallEvent.OwnBegins ? 1 : 0;
            return;
        }
        if (!running.TryPop(out var call))
            return;
        var spent = at - call.Began;
        if (what == CallEvent.OwnEnds)
        {
            if (--within == 0)
                Whole += spent;
        }
        else if (kernel is not null)
            CollectionsMarshal.GetValueRefOrAddDefault(kernels, kernel, out _).Add(spent - call.Inner, within > 0);
        else
            operators.Entry(call.Name).Add(spent - call.Inner, within > 0);
        running.Nest(spent);
    }

    /// <summary>What each name took, in ticks.</summary>
    public IEnumerable<(string Name, OperatorTotal Total)> All() =>
        operators.All().Concat(kernels.Select(k => (k.Key, k.Value)));

    public void Clear()
    {
        operators.Clear();
        kernels.Clear();
        Whole = 0;
    }
}

/// <summary>What may happen to a call.</summary>
internal enum CallEvent : byte
{
    /// <summary>An operator of libtorch, or a kernel of ours, begins.</summary>
    Begins,

    /// <summary>It ends.</summary>
    Ends,

    /// <summary>An operator of ours, made of others, begins.</summary>
    OwnBegins,

    /// <summary>It ends.</summary>
    OwnEnds,
}
