using LinearScaling.Text;

namespace LinearScaling.Data;

/// <summary>Text given straight to training, tokenized once into the cache.</summary>
internal static class PreparedText
{
    /// <summary>The directory of shards for some text and a tokenizer, prepared now if it is not in the cache; processes that race do the work once.</summary>
    public static string Open(string? data, Tokenizer tokenizer, Action<string>? report, CancellationToken cancellationToken)
    {
        IReadOnlyList<InputPart> parts = data is null ? [new SamplePart(SampleCorpus.Files())] : InputFiles.Parts(InputFiles.Find([data]));
        var options = data is null ? PrepareOptions.Sample : new PrepareOptions();
        var plan = new PreparePlan(parts, tokenizer, options);
        var name = data is null ? SampleCorpus.Name : Path.GetFileName(Path.TrimEndingDirectorySeparator(data));
        var directory = Path.Combine(CacheDirectory.Root, $"{name}-{tokenizer.Name}-{plan.Hash}");
        if (File.Exists(Path.Combine(directory, Manifest.FileName)))
            return directory;
        report?.Invoke($"preparing {data ?? "the sample corpus"} with tokenizer {tokenizer.Name} into {directory}, once");
        new Preparation(parts, tokenizer, options, directory).RunAsync(Environment.ProcessorCount, cancellationToken).GetAwaiter().GetResult();
        return directory;
    }
}
