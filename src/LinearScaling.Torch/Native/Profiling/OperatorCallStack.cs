namespace LinearScaling.Torch.Native.Profiling;

/// <summary>The calls that a thread is in, outermost first: of fixed depth, so that neither entering nor leaving one
/// allocates or throws.</summary>
/// <param name="depth">Calls that are measured; deeper ones are not.</param>
internal sealed class OperatorCallStack(int depth)
{
    private readonly Call[] calls = new Call[depth];
    private int count;

    /// <param name="at">The time, in ticks.</param>
    public void Push(nint name, long at)
    {
        if (count < calls.Length)
            calls[count] = new(name, at, 0);
        count++;
    }

    /// <returns>False when there is no call, or when the innermost is too deep to be measured.</returns>
    public bool TryPop(out Call call)
    {
        call = default;
        if (count == 0 || --count >= calls.Length)
            return false;
        call = calls[count];
        return true;
    }

    /// <summary>Adds a finished call's time to the call around it.</summary>
    public void Nest(long spent)
    {
        if (count > 0 && count <= calls.Length)
            calls[count - 1].Inner += spent;
    }

    /// <param name="Inner">Ticks inside the calls that it made.</param>
    internal record struct Call(nint Name, long Began, long Inner);
}
