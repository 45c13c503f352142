using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LinearScaling.Torch.Native;

/// <summary>The dynamic symbols of a 64-bit ELF library, read from the file without loading it.</summary>
/// <remarks>Layouts: System V ABI, "Object Files" (Elf64_Ehdr, Elf64_Shdr, Elf64_Sym). It reads two sections of files
/// that are gigabytes; <see cref="LibTorchSharpPatch"/>, which MSBuild compiles too, reads and changes a whole
/// image.</remarks>
internal sealed class ElfSymbols
{
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const int DynamicSymbols = 11; // SHT_DYNSYM
    private const int Weak = 2; // STB_WEAK

    private readonly byte[] symbols = [];
    private readonly byte[] names = [];

    /// <exception cref="LinearScalingException">It is no such library, or damaged.</exception>
    public ElfSymbols(string path)
    {
        using var file = File.OpenHandle(path);
        var header = Read(file, path, 0, 64);
        if (!header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw NativeMistakes.NotALibrary(path);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3c));
        var sections = Read(file, path, Number(header, 0x28), count * SectionSize);
        for (var at = 0; at < sections.Length; at += SectionSize)
            if (BinaryPrimitives.ReadInt32LittleEndian(sections.AsSpan(at + 4)) == DynamicSymbols)
            {
                symbols = Section(at);
                names = Section(BinaryPrimitives.ReadInt32LittleEndian(sections.AsSpan(at + 0x28)) * SectionSize);
            }

        byte[] Section(int at) =>
            at >= 0 && at < sections.Length
                ? Read(file, path, Number(sections, at + 0x18), Number(sections, at + 0x20))
                : throw NativeMistakes.NotALibrary(path);
    }

    /// <summary>What others have to bring: weak needs, which may stay unmet, are left out.</summary>
    public IEnumerable<string> Needed =>
        Indices()
            .Where(i => !IsDefined(i) && symbols[i + 4] >> 4 != Weak)
            .Select(i => Encoding.ASCII.GetString(Name(i)));

    /// <summary>Takes from a set what this library defines.</summary>
    public void RemoveDefined(HashSet<string> from)
    {
        var lookup = from.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> characters = stackalloc char[1024];
        foreach (var index in Indices())
            if (IsDefined(index) && Name(index) is var name && name.Length <= characters.Length)
                lookup.Remove(characters[..Encoding.ASCII.GetChars(name, characters)]);
    }

    /// <summary>Where each symbol begins; the first is none.</summary>
    private IEnumerable<int> Indices()
    {
        for (var at = SymbolSize; at + SymbolSize <= symbols.Length; at += SymbolSize)
            yield return at;
    }

    private bool IsDefined(int at) => BinaryPrimitives.ReadUInt16LittleEndian(symbols.AsSpan(at + 6)) != 0;

    private ReadOnlySpan<byte> Name(int at)
    {
        var start = BinaryPrimitives.ReadUInt32LittleEndian(symbols.AsSpan(at));
        var rest = start < names.Length ? names.AsSpan((int)start) : [];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private static long Number(byte[] from, int at) => BinaryPrimitives.ReadInt64LittleEndian(from.AsSpan(at));

    private static byte[] Read(SafeFileHandle file, string path, long offset, long count)
    {
        if (offset < 0 || count is < 0 or > int.MaxValue || count > RandomAccess.GetLength(file) - offset)
            throw NativeMistakes.NotALibrary(path);
        var bytes = new byte[count];
        for (var read = 0; read < bytes.Length; )
        {
            var got = RandomAccess.Read(file, bytes.AsSpan(read), offset + read);
            read += got > 0 ? got : throw NativeMistakes.NotALibrary(path);
        }
        return bytes;
    }
}
