using System.Runtime.InteropServices;

namespace LinearScaling.Preparing;

/// <summary>A finished spill file: the documents of one chunk, found by shard.</summary>
internal sealed class SpillFile
{
    private readonly string path;
    private readonly int numShards;
    private readonly long blocksAt;
    private readonly int numBlocks;

    public SpillFile(string path, int numShards)
    {
        this.path = path;
        this.numShards = numShards;
        using var file = File.OpenRead(path);
        using var reader = new BinaryReader(file);
        file.Position = file.Length - sizeof(long);
        file.Position = reader.ReadInt64();
        TextBytes = reader.ReadInt64();
        var candidates = new Candidate[reader.ReadInt32()];
        for (var i = 0; i < candidates.Length; i++)
            candidates[i] = new(ReadUInt128(reader), reader.ReadInt32(), reader.ReadInt64());
        Candidates = candidates;
        var parts = new PartCount[reader.ReadInt32()];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
        Parts = parts;
        numBlocks = reader.ReadInt32();
        blocksAt = file.Position;
    }

    /// <summary>UTF-8 bytes of all its documents' texts.</summary>
    public long TextBytes { get; }

    public IReadOnlyList<Candidate> Candidates { get; }

    /// <summary>What each part of the chunk held.</summary>
    public IReadOnlyList<PartCount> Parts { get; }

    /// <summary>The documents of one shard.</summary>
    public IEnumerable<SpilledDocument> Read(int shard)
    {
        using var file = File.OpenRead(path);
        using var reader = new BinaryReader(file);
        for (var block = 0; block < numBlocks; block++)
        {
            file.Position = blocksAt + sizeof(long) * ((long)block * (numShards + 1) + shard);
            var start = reader.ReadInt64();
            var end = reader.ReadInt64();
            for (file.Position = start; file.Position < end; )
                yield return Read(reader);
        }
    }

    public SpilledDocument Read(Candidate candidate)
    {
        using var file = File.OpenRead(path);
        using var reader = new BinaryReader(file);
        file.Position = candidate.Offset;
        return Read(reader);
    }

    private static SpilledDocument Read(BinaryReader reader)
    {
        var order = reader.ReadUInt64();
        var hash = ReadUInt128(reader);
        var part = reader.ReadInt32();
        var index = reader.ReadInt32();
        var textBytes = reader.ReadInt32();
        var tokens = new int[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(tokens.AsSpan()));
        return new(order, hash, part, index, new(tokens, textBytes));
    }

    private static UInt128 ReadUInt128(BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadUInt64());
}
