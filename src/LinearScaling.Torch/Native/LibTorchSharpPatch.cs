#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace LinearScaling.Torch.Native
{
    /// <summary>
    /// Lets TorchSharp's native library load where libstdc++ is older than GCC 13.2 (Debian 12, Ubuntu 22.04).
    /// </summary>
    /// <remarks>
    /// <para>libLibTorchSharp.so 0.107.0 needs the version node GLIBCXX_3.4.32 for one symbol,
    /// <c>std::ios_base_library_init()</c>,
    /// that only makes the linker pull in the initialisation of iostreams: no relocation uses it. Marking the need weak
    /// (VER_FLG_WEAK, one bit of .gnu.version_r) makes the loader accept a library without that node; nothing else
    /// changes.</para>
    /// <para>This file is compiled twice: into LinearScaling.Torch, where the tests reach it, and by MSBuild as the
    /// task that patches a build's own copy (LibTorch.targets). So it keeps to C# and types that both know.</para>
    /// </remarks>
    public static class LibTorchSharpPatch
    {
        /// <summary>The version node that old libstdc++ lack.</summary>
        public const string Version = "GLIBCXX_3.4.32";

        /// <summary>The symbol that needs it, and that no code refers to.</summary>
        internal const string OnlySymbol = "_ZSt21ios_base_library_initv";
        private const int WeakFlag = 2; // VER_FLG_WEAK
        private const int DynamicSymbols = 11; // SHT_DYNSYM
        private const int Relocations = 4; // SHT_RELA
        private const int VersionNeeds = 0x6ffffffe;
        private const int VersionTable = 0x6fffffff;

        /// <summary>Marks the need for <see cref="Version"/> weak in an image of libLibTorchSharp.so.</summary>
        /// <returns>True when a bit was set; false when the library does not need the version or was patched
        /// before.</returns>
        /// <exception cref="InvalidDataException">The file is not the one this patch knows: not ELF64, or more than the
        /// one unused symbol depends on the version.</exception>
        public static bool Apply(byte[] elf)
        {
            if (
                elf.Length < 64
                || elf[0] != 0x7f
                || elf[1] != (byte)'E'
                || elf[2] != (byte)'L'
                || elf[3] != (byte)'F'
                || elf[4] != 2
                || elf[5] != 1
            )
                throw new InvalidDataException("not a little-endian 64-bit ELF file");
            try
            {
                var sections = Sections(elf);
                var need = FindNeed(elf, sections);
                if (need < 0 || (BitConverter.ToUInt16(elf, (int)need + 4) & WeakFlag) != 0)
                    return false;
                CheckOnlySymbol(elf, sections, versionIndex: BitConverter.ToUInt16(elf, (int)need + 6));
                elf[need + 4] |= WeakFlag;
                return true;
            }
            catch (ArgumentException e) // an offset outside the file
            {
                throw new InvalidDataException("a damaged ELF file", e);
            }
            catch (IndexOutOfRangeException e)
            {
                throw new InvalidDataException("a damaged ELF file", e);
            }
        }

        /// <summary>Whether the C++ runtime of this machine already has <see cref="Version"/>, so that nothing needs
        /// patching.</summary>
        public static bool HostHasVersion()
        {
            foreach (
                var folder in new[]
                {
                    "/usr/lib/x86_64-linux-gnu",
                    "/lib/x86_64-linux-gnu",
                    "/usr/lib64",
                    "/lib64",
                    "/usr/lib",
                }
            )
            {
                var path = Path.Combine(folder, "libstdc++.so.6");
                if (File.Exists(path))
                    return Encoding.ASCII.GetString(File.ReadAllBytes(path)).Contains(Version);
            }
            return false;
        }

        private static List<long> Sections(byte[] elf)
        {
            var at = BitConverter.ToInt64(elf, 0x28);
            var size = BitConverter.ToUInt16(elf, 0x3a);
            var sections = new List<long>();
            for (var i = 0; i < BitConverter.ToUInt16(elf, 0x3c); i++)
                sections.Add(at + (long)i * size);
            return sections;
        }

        private static int Type(byte[] elf, long section) => BitConverter.ToInt32(elf, (int)section + 4);

        private static long Offset(byte[] elf, long section) => BitConverter.ToInt64(elf, (int)section + 0x18);

        private static long Size(byte[] elf, long section) => BitConverter.ToInt64(elf, (int)section + 0x20);

        private static long StringsOf(byte[] elf, List<long> sections, long section) =>
            Offset(elf, sections[BitConverter.ToInt32(elf, (int)section + 0x28)]);

        private static string Text(byte[] elf, long at)
        {
            var end = at;
            while (elf[end] != 0)
                end++;
            return Encoding.ASCII.GetString(elf, (int)at, (int)(end - at));
        }

        /// <summary>Where the auxiliary entry (Elf64_Vernaux) for <see cref="Version"/> stands, or -1.</summary>
        private static long FindNeed(byte[] elf, List<long> sections)
        {
            foreach (var section in sections)
            {
                if (Type(elf, section) != VersionNeeds)
                    continue;
                var strings = StringsOf(elf, sections, section);
                for (var file = Offset(elf, section); ; )
                {
                    var entry = file + BitConverter.ToUInt32(elf, (int)file + 8);
                    for (var i = 0; i < BitConverter.ToUInt16(elf, (int)file + 2); i++)
                    {
                        if (Text(elf, strings + BitConverter.ToUInt32(elf, (int)entry + 8)) == Version)
                            return entry;
                        entry += BitConverter.ToUInt32(elf, (int)entry + 12);
                    }
                    var next = BitConverter.ToUInt32(elf, (int)file + 12);
                    if (next == 0)
                        break;
                    file += next;
                }
            }
            return -1;
        }

        /// <summary>Checks that exactly <see cref="OnlySymbol"/> carries the version and that no relocation asks for
        /// it.</summary>
        private static void CheckOnlySymbol(byte[] elf, List<long> sections, int versionIndex)
        {
            var table = sections.Find(s => Type(elf, s) == VersionTable);
            var symbols = sections.Find(s => Type(elf, s) == DynamicSymbols);
            var strings = StringsOf(elf, sections, symbols);
            var carriers = new HashSet<long>();
            for (long i = 0; i < Size(elf, symbols) / 24; i++)
            {
                if ((BitConverter.ToUInt16(elf, (int)(Offset(elf, table) + 2 * i)) & 0x7fff) != versionIndex)
                    continue;
                var name = Text(elf, strings + BitConverter.ToUInt32(elf, (int)(Offset(elf, symbols) + 24 * i)));
                if (name != OnlySymbol)
                    throw new InvalidDataException(
                        "it needs " + name + " of " + Version + ", which cannot be left out"
                    );
                carriers.Add(i);
            }
            foreach (var section in sections)
            {
                if (Type(elf, section) != Relocations)
                    continue;
                for (long r = 0; r < Size(elf, section) / 24; r++)
                    if (carriers.Contains(BitConverter.ToUInt32(elf, (int)(Offset(elf, section) + 24 * r + 12))))
                        throw new InvalidDataException("a relocation uses " + OnlySymbol + " of " + Version);
            }
        }
    }
}

#if !LINEAR_SCALING_TORCH
/// <summary>The MSBuild task: patches the named copies where this machine needs it. A copy that is absent, patched or
/// not needed stays as it is.</summary>
public sealed class PatchLibTorchSharp : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string[] Files { get; set; } = new string[0];

    public override bool Execute()
    {
        foreach (var file in Files)
        {
            if (!File.Exists(file) || LinearScaling.Torch.Native.LibTorchSharpPatch.HostHasVersion())
                continue;
            try
            {
                var image = File.ReadAllBytes(file);
                if (!LinearScaling.Torch.Native.LibTorchSharpPatch.Apply(image))
                    continue;
                // A new file takes the old one's place, so that a hard link into the package cache is never written
                // through.
                var patched = file + ".patched";
                File.WriteAllBytes(patched, image);
                File.SetLastWriteTimeUtc(patched, File.GetLastWriteTimeUtc(file)); // the copy counts as up to date
                File.Delete(file);
                File.Move(patched, file);
                Log.LogMessage(
                    Microsoft.Build.Framework.MessageImportance.Normal,
                    "Patched " + file + " for this machine's libstdc++."
                );
            }
            catch (InvalidDataException e)
            {
                Log.LogError(
                    file
                        + " cannot be patched for a libstdc++ without "
                        + LinearScaling.Torch.Native.LibTorchSharpPatch.Version
                        + ": "
                        + e.Message
                );
            }
        }
        return !Log.HasLoggedErrors;
    }
}
#endif
