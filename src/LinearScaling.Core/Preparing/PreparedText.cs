using System.Diagnostics;
using System.Globalization;
using LinearScaling.Files;
using LinearScaling.Input;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Preparing;

/// <summary>Text given straight to training, tokenized once into the cache.</summary>
internal static class PreparedText
{
    /// <summary>The directory of shards for some text and a tokenizer, prepared now if it is not in the cache;
    /// processes that race do the work once.</summary>
    public static string Open(
        string? data,
        Tokenizer tokenizer,
        Action<string>? report,
        CancellationToken cancellationToken
    )
    {
        var found = data is null ? null : InputFiles.Find([data]);
        IReadOnlyList<InputPart> parts = found is null
            ? [new SamplePart(SampleCorpus.Files())]
            : InputFiles.Parts(found.Files);
        var options = data is null ? PrepareOptions.Sample : new PrepareOptions();
        var plan = new PreparePlan(parts, tokenizer, options);
        var name = data is null ? SampleCorpus.Name : Path.GetFileName(Path.TrimEndingDirectorySeparator(data));
        var directory = Path.Combine(CacheDirectory.Root, $"{name}-{tokenizer.Label}-{plan.Hash}");
        if (File.Exists(Path.Combine(directory, Manifest.FileName)))
            return directory;
        report?.Invoke(
            $"preparing {data ?? "the sample corpus"} with tokenizer {tokenizer.Name} into {directory}, once"
        );
        var progress = report is null ? null : new SparseReport(report);
        var preparation = new Preparation(
            parts,
            tokenizer,
            options,
            directory,
            progress is null ? null : progress.Report
        );
        preparation.RunAsync(Environment.ProcessorCount, cancellationToken).GetAwaiter().GetResult();
        if (found is not null)
            foreach (var line in ReadFile.Describe(preparation.Files, found.LeftOut))
                report?.Invoke(line);
        return directory;
    }

    /// <summary>A line every ten seconds: how far, and how long still.</summary>
    private sealed class SparseReport(Action<string> say)
    {
        private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

        private string phase = "";
        private long began;
        private TimeSpan next;

        public void Report(PrepareProgress progress)
        {
            if (phase != progress.Phase)
            {
                (phase, began, next) = (progress.Phase, Stopwatch.GetTimestamp(), Quiet);
                if (phase.StartsWith("waiting", StringComparison.Ordinal))
                    say(phase);
            }
            var spent = Stopwatch.GetElapsedTime(began);
            if (spent < next || progress.Done == 0)
                return;
            next = spent + Quiet;
            var share = Math.Min(1, (double)progress.Done / progress.Total); // sizes of compressed text are estimates
            say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{progress.Phase}: {100 * share:F0} %, {spent * (1 / share - 1):hh\\:mm\\:ss} left"
                )
            );
        }
    }
}
