using System.Collections.Concurrent;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli.Ranks;

/// <summary>The runs of one process that those of several are compared with, each trained once.</summary>
public sealed class SingleRuns : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-single-").FullName;
    private readonly ConcurrentDictionary<string, IReadOnlyList<double>> losses = new();

    public void Dispose() => Directory.Delete(root, recursive: true);

    public IReadOnlyList<double> Losses(string architecture, int steps) =>
        losses.GetOrAdd(
            architecture,
            _ =>
            {
                var (code, _, error) = LcsProcess.Run(Line(architecture, Path.Combine(root, architecture), steps));
                Assert.True(code == 0, error);
                return [.. new RunDirectory(Path.Combine(root, architecture)).ReadMetrics().Select(m => m.Loss)];
            }
        );

    /// <summary>A small run in fp32, four sequences a step.</summary>
    internal static string[] Line(string architecture, string output, int steps, params string[] more) =>
        [
            "train",
            "--arch",
            architecture,
            "--size",
            "nano-100k",
            "--steps",
            $"{steps}",
            "--threads",
            "1",
            "--device",
            "cpu",
            "--output",
            output,
            .. (
                (string[])
                    ["train.dtype=fp32", "data.seq_len=64", "train.batch_tokens=256", "train.micro_batch=1", .. more]
            ).SelectMany(s => (string[])["--set", s]),
        ];
}
