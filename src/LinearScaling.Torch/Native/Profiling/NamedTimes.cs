using System.Runtime.CompilerServices;
using System.Text;

namespace LinearScaling.Torch.Native.Profiling;

/// <summary>Times by name in a table of fixed size. Counting neither allocates nor throws, because libtorch's callbacks
/// do it.</summary>
/// <param name="capacity">Names counted separately; the rest counts under <see cref="Others"/>.</param>
internal sealed unsafe class NamedTimes(int capacity)
{
    public const string Others = "others";

    private readonly Slot[] slots = new Slot[capacity];
    private OperatorTotal others;

    /// <summary>The times of the name at an address.</summary>
    /// <param name="name">Ends with a zero; read once.</param>
    public ref OperatorTotal Entry(nint name)
    {
        var start = (nuint)name / 16;
        for (nuint i = 0; name != 0 && i < (nuint)slots.Length; i++)
        {
            ref var slot = ref slots[(start + i) % (nuint)slots.Length];
            if (slot.Address == 0)
                slot.Take(name);
            if (slot.Address == name)
                return ref slot.Total;
        }
        return ref others;
    }

    public IReadOnlyList<(string Name, OperatorTotal Total)> All()
    {
        var all = new List<(string, OperatorTotal)>();
        foreach (ref var slot in slots.AsSpan())
            if (slot.Total.Calls > 0)
                all.Add((slot.Name(), slot.Total));
        if (others.Calls > 0)
            all.Add((Others, others));
        return all;
    }

    public void Clear()
    {
        Array.Clear(slots);
        others = default;
    }

    private struct Slot
    {
        public nint Address;
        public OperatorTotal Total;
        private Text text;

        public void Take(nint name)
        {
            Address = name;
            var from = (byte*)name;
            for (var i = 0; i < Text.Length && from[i] != 0; i++)
                text[i] = from[i];
        }

        public readonly string Name() => Encoding.UTF8.GetString(((ReadOnlySpan<byte>)text).TrimEnd((byte)0));
    }

    [InlineArray(Length)]
    private struct Text
    {
        public const int Length = 128;
        private byte first;
    }
}

/// <summary>What the calls of one operator took, in ticks.</summary>
/// <param name="Self">Without the operators it called.</param>
/// <param name="Within">The part of it that our own operators asked for.</param>
internal record struct OperatorTotal(long Calls, long Self, long Within)
{
    public void Add(long self, bool within)
    {
        Calls++;
        Self += self;
        Within += within ? self : 0;
    }
}
