namespace LinearScaling.Torch.Native;

/// <summary>One change that lcs makes to the native libraries in this process: whether it is made, and why.</summary>
/// <param name="Name">In snake_case, a key of <c>lcs doctor --json</c>.</param>
/// <param name="Why">What it does, or why it is not made.</param>
public sealed record NativePatch(string Name, PatchState State, string Why)
{
    /// <summary>The variable that, set to <c>plain</c>, leaves out the patches that reach into libtorch and TorchSharp
    /// at run time.</summary>
    public const string Variable = "LCS_NATIVE";

    /// <summary>Whether the user has turned off the optional patches.</summary>
    /// <exception cref="LinearScalingException">The variable says something else.</exception>
    internal static bool Unwanted() =>
        Environment.GetEnvironmentVariable(Variable) switch
        {
            null or "" => false,
            "plain" => true,
            var other => throw NativeMistakes.UnknownChoice(Variable, other),
        };

    internal static NativePatch LeftOut(string name) => new(name, PatchState.Off, $"{Variable}=plain");
}

/// <summary>Whether a patch is made.</summary>
public enum PatchState
{
    On,

    /// <summary>Not needed, or not wanted.</summary>
    Off,

    /// <summary>Not possible on this machine or with this library; everything works without it.</summary>
    NotPossible,
}
