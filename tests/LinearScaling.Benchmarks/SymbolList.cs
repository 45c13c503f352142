using LinearScaling.Torch.Native;

namespace LinearScaling.Benchmarks;

/// <summary>Functions of libtorch that TorchSharp's library calls and the given one lacks; it is read, not
/// loaded.</summary>
internal static class SymbolList
{
    public static int Print(string folder)
    {
        var symbols = LibTorchSymbols.Compare(folder);
        foreach (var name in symbols.Lacking)
            Console.WriteLine(name);
        Console.WriteLine($"{symbols.Lacking.Count} of {symbols.Asked} are not in {folder}");
        return symbols.Lacking.Count == 0 ? 0 : 1;
    }
}
