namespace LinearScaling.Torch.Native;

/// <summary>What can be wrong with libtorch and its surroundings, in words a user can act on.</summary>
internal static class NativeMistakes
{
    public static LinearScalingException NotALibFolder(string folder) =>
        new(
            $"{LibTorch.FolderVariable}={folder}: holds no libtorch_cpu.so; name the lib folder of a PyTorch "
                + $"installation: python -c \"import torch, os; "
                + $"print(os.path.join(os.path.dirname(torch.__file__), 'lib'))\""
        );

    public static LinearScalingException NotALibrary(string path) =>
        new($"{path}: no library of a 64-bit Linux system, or damaged; install libtorch again");

    public static LinearScalingException Missing(string library) =>
        new(
            $"{library}: missing; build without -p:Backend=external, or "
                + $"set {LibTorch.FolderVariable} to the lib folder of a PyTorch installation"
        );

    public static LinearScalingException NotPatchable(string path, Exception e) =>
        new(
            $"{path}: cannot be used on a system whose libstdc++ lacks {LibTorchSharpPatch.Version}: "
                + $"{e.Message}; a newer distribution (Debian 13, Ubuntu 24.04) needs no patch",
            e
        );

    public static LinearScalingException UnknownChoice(string variable, string value) =>
        new(
            $"{variable}={value}: unknown; leave it unset, or set it to plain to do without "
                + $"{TensorPool.Name} and {ScalarQuarantine.Name}"
        );

    public static LinearScalingException NoExport(string symbol) =>
        new($"the libtorch in use does not export {symbol}; lcs needs libtorch 2.10 or later");
}
