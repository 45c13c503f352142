using System.Runtime.InteropServices;
using System.Text;

namespace LinearScaling.Torch.Native;

/// <summary>Whether a libtorch has what TorchSharp's library was built against: another release may have renamed
/// functions, and a call of a missing one ends the process.</summary>
/// <param name="Asked">Symbols that TorchSharp's library asks others for.</param>
/// <param name="Lacking">Those that neither libtorch nor the C++ runtime has, as C++ writes them.</param>
public sealed unsafe record LibTorchSymbols(int Asked, IReadOnlyList<string> Lacking)
{
    /// <param name="folder">The lib folder of a libtorch; null: the one beside the program.</param>
    /// <exception cref="LinearScalingException">A library is missing or damaged.</exception>
    public static LibTorchSymbols Compare(string? folder)
    {
        var needed = new ElfSymbols(NativeLibraries.BindingFile()).Needed.ToHashSet();
        needed.Remove(LibTorchSharpPatch.OnlySymbol); // which nothing uses
        var asked = needed.Count;
        foreach (var path in NativeLibraries.Files(folder))
            new ElfSymbols(path).RemoveDefined(needed);
        var process = NativeLibrary.GetMainProgramHandle(); // the C and C++ runtimes are in it
        needed.RemoveWhere(name => NativeLibrary.TryGetExport(process, name, out _));
        return new(asked, [.. needed.Select(Demangled).Order(StringComparer.Ordinal)]);
    }

    /// <summary>A C++ function's name and parameters; the symbol itself where it is no C++ one.</summary>
    private static string Demangled(string symbol)
    {
        if (!NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "__cxa_demangle", out var function))
            return symbol;
        fixed (byte* mangled = Encoding.ASCII.GetBytes(symbol + '\0'))
        {
            int status;
            var text = ((delegate* unmanaged<byte*, byte*, nuint*, int*, byte*>)function)(mangled, null, null, &status);
            if (text == null)
                return symbol;
            var name = Marshal.PtrToStringUTF8((nint)text)!;
            NativeMemory.Free(text);
            return name;
        }
    }
}
