using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>One call of a libtorch operator: its arguments, in the order of its schema, on the stack that becomes its
/// results.</summary>
/// <remarks>Every argument of the schema has to be given, defaults too. Handles put on the stack are consumed by the
/// call. <c>Scalar</c> arguments do not pass this ABI.</remarks>
internal ref struct OperatorCall(Span<ulong> stack)
{
    private readonly Span<ulong> stack = stack;
    private int count;

    internal void Add(Tensor tensor) => Push(Handle(tensor));

    internal void AddOptional(Tensor? tensor) => Push(tensor is null ? 0 : Boxed(Handle(tensor)));

    internal void Add(double value) => Push(BitConverter.DoubleToUInt64Bits(value));

    internal void AddOptional(double? value) =>
        Push(value is { } number ? Boxed(BitConverter.DoubleToUInt64Bits(number)) : 0);

    internal void Add(bool value) => Push(value ? 1ul : 0ul);

    internal void Add(IReadOnlyList<Tensor> tensors)
    {
        var list = StableAbi.NewList(tensors.Count);
        for (var i = 0; i < tensors.Count; i++)
            StableAbi.PushBack(list, Handle(tensors[i]));
        Push((ulong)list);
    }

    internal void Add(ReadOnlySpan<long> values)
    {
        var list = StableAbi.NewList(values.Length);
        foreach (var value in values)
            StableAbi.PushBack(list, (ulong)value);
        Push((ulong)list);
    }

    /// <param name="name">Namespace and name, as "aten::rms_norm".</param>
    /// <exception cref="InvalidOperationException">The operator refused its arguments; libtorch has written the reason
    /// to standard error.</exception>
    internal readonly void Invoke(string name, string overload = "")
    {
        if (count != stack.Length)
            // a wrong arity would corrupt memory
            throw new InvalidOperationException($"{name} takes {stack.Length} arguments, {count} were given");
        if (!StableAbi.CallDispatcher(Ascii(name), Ascii(overload), stack))
            throw new InvalidOperationException($"libtorch's {name} failed; its message is on standard error");
    }

    /// <summary>The call's result of that number, owned by the current dispose scope.</summary>
    internal readonly Tensor Result(int index = 0) => Tensor.UnsafeCreateTensor((nint)stack[index]);

    private void Push(ulong slot) => stack[count++] = slot;

    private static ulong Handle(Tensor tensor) => (ulong)StableAbi.NewTensorHandle(tensor);

    /// <summary>A value behind a pointer, which the callee frees: how the ABI passes an optional that is
    /// there.</summary>
    private static unsafe ulong Boxed(ulong value)
    {
        var slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *slot = value;
        return (ulong)slot;
    }

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text + '\0');
}
