using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LinearScaling.Files;

namespace LinearScaling.Shards;

/// <summary>What a directory of token shards holds: <c>manifest.json</c>. Whoever has it can say which tokens sequence
/// i of epoch e is made of without opening a shard.</summary>
/// <param name="Format">Version of the shard format; 1.</param>
/// <param name="Fingerprint">Hash over the tokenizer and every row group's counts and checksum, in order: what training
/// depends on, and nothing else.</param>
/// <param name="Seed">Seed of the global shuffle of documents.</param>
/// <param name="Plan">Identifies the input files, tokenizer and options that it was prepared from.</param>
public sealed record Manifest(
    int Format,
    string Fingerprint,
    TokenizerEntry Tokenizer,
    ulong Seed,
    string Plan,
    IReadOnlyList<ShardEntry> Shards
)
{
    public const string FileName = "manifest.json";

    /// <summary>What is under way lies there, inside of the directory that is being prepared.</summary>
    public const string WorkFolder = ".prepare";

    /// <summary>Whether a path is a directory of shards rather than text.</summary>
    public static bool IsIn(string path) => File.Exists(Path.Combine(path, FileName));

    /// <summary>Row groups are read whole: 1 GiB of ids.</summary>
    private const int MostTokens = 1 << 28;

    public static Manifest Create(
        TokenizerEntry tokenizer,
        ulong seed,
        string plan,
        IReadOnlyList<ShardEntry> shards
    ) => new(1, FingerprintOf(tokenizer, shards), tokenizer, seed, plan, shards);

    public IEnumerable<ShardEntry> ShardsIn(Split split) => Shards.Where(s => s.Split == split);

    /// <exception cref="LinearScalingException">The directory holds no manifest, or a damaged one.</exception>
    public static Manifest Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            var manifest = StrictJson.Deserialize(File.ReadAllText(path), ManifestJson.Default.Manifest);
            if (manifest.Format != 1)
                throw ShardMistakes.OtherFormat(path, manifest.Format);
            if (
                manifest
                    .Shards.SelectMany(shard => shard.RowGroups, (shard, group) => (shard.File, group.Tokens))
                    .FirstOrDefault(g => g.Tokens is < 1 or > MostTokens) is
                { File: { } named } odd
            )
                throw ShardMistakes.RowGroupSize(path, named, odd.Tokens, MostTokens);
            if (manifest.Shards.FirstOrDefault(s => !SafeName.IsFileName(s.File)) is { } outside)
                throw ShardMistakes.Outside(path, outside.File);
            if (manifest.Tokenizer.File is { } tokenizer && !SafeName.IsFileName(tokenizer))
                throw ShardMistakes.Outside(path, tokenizer);
            return manifest.Fingerprint == FingerprintOf(manifest.Tokenizer, manifest.Shards)
                ? manifest
                : throw ShardMistakes.OtherFingerprint(path);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: damaged: {e.Message}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw ShardMistakes.NoManifest(directory, e);
        }
    }

    /// <summary>Writes the manifest: the last file of a preparation, so that a directory with a manifest is
    /// whole.</summary>
    public void Write(string directory)
    {
        var path = Path.Combine(directory, FileName);
        using var file = new PendingFile(path);
        JsonSerializer.Serialize(file.Stream, this, ManifestJson.Default.Manifest);
        file.Commit();
    }

    private static string FingerprintOf(TokenizerEntry tokenizer, IReadOnlyList<ShardEntry> shards)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{tokenizer.Hash} {tokenizer.EndOfText}"));
        foreach (var shard in shards)
        foreach (var group in shard.RowGroups)
        {
            hash.Append(
                MemoryMarshal.AsBytes<long>([(long)shard.Split, group.Tokens, group.Documents, group.TextBytes])
            );
            hash.Append(MemoryMarshal.AsBytes(group.Checksum.AsSpan()));
        }
        return hash.ToHex();
    }
}

/// <summary>The tokenizer that made the shards.</summary>
/// <param name="File">A tokenizer file beside the manifest, for tokenizers that are not built in.</param>
public sealed record TokenizerEntry(string Name, string Hash, int VocabSize, int EndOfText, string? File = null);

/// <summary>Which part of a corpus a shard belongs to.</summary>
public enum Split
{
    Train,
    Validation,
}

/// <summary>One Parquet file of tokens.</summary>
/// <param name="File">Its name beside the manifest.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">XxHash128 of its bytes.</param>
public sealed record ShardEntry(
    string File,
    Split Split,
    long Bytes,
    string Checksum,
    IReadOnlyList<RowGroupEntry> RowGroups
);

/// <summary>One row group of a shard.</summary>
/// <param name="Tokens">Tokens of its documents, without the end-of-text tokens between them.</param>
/// <param name="TextBytes">UTF-8 bytes of the text behind the tokens.</param>
/// <param name="Checksum">XxHash128 of the documents' lengths and tokens.</param>
public readonly record struct RowGroupEntry(int Tokens, int Documents, long TextBytes, string Checksum)
{
    /// <summary>Tokens it adds to the stream: each document is followed by one end-of-text token.</summary>
    [JsonIgnore]
    public int StreamTokens => Tokens + Documents;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ShardEntry))]
internal sealed partial class ManifestJson : JsonSerializerContext;
