using System.IO.Hashing;
using System.Text;
using LinearScaling.Text;

namespace LinearScaling.Data;

/// <summary>Text given straight to training, tokenized once into the cache.</summary>
internal static class PreparedText
{
    /// <summary>The directory of shards for some text and a tokenizer, prepared now if it is not in the cache.</summary>
    public static string Open(string? data, Tokenizer tokenizer, Action<string>? report, CancellationToken cancellationToken)
    {
        var files = data is null ? SampleCorpus.Files() : InputFiles.Find([data]);
        var options = data is null ? PrepareOptions.Sample : new PrepareOptions();
        var key = new XxHash64();
        key.Append(Encoding.UTF8.GetBytes($"{Preparation.Version}\n{tokenizer.Hash}\n{options}\n"));
        foreach (var file in files.Select(f => new FileInfo(f)))
            key.Append(Encoding.UTF8.GetBytes($"{(data is null ? file.Name : file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"));
        var name = $"{(data is null ? SampleCorpus.Name : Path.GetFileName(Path.TrimEndingDirectorySeparator(data)))}-{tokenizer.Name}-{Convert.ToHexStringLower(key.GetCurrentHash())}";
        return CacheDirectory.GetOrMake(name, directory =>
        {
            report?.Invoke($"preparing {data ?? "the sample corpus"} with tokenizer {tokenizer.Name} into {Path.Combine(CacheDirectory.Root, name)}, once");
            var documents = data is null ? SampleCorpus.Documents(files) : files.SelectMany(InputFiles.Documents);
            Preparation.RunAsync(documents, tokenizer, options, directory, cancellationToken).GetAwaiter().GetResult();
        });
    }
}
