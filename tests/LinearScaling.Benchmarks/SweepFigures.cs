using System.Diagnostics;
using System.Globalization;
using LinearScaling.Runs;

namespace LinearScaling.Benchmarks;

/// <summary>
/// Two tasks on every checkpoint of a run as a user evaluates them: lcs processes killed at random moments and started
/// anew, two of them together in the end, and one more that finds all done.
/// </summary>
internal static class SweepFigures
{
    public static void Print(int checkpoints, int kills)
    {
        var root = Directory.CreateTempSubdirectory("lcs-sweep-").FullName;
        try
        {
            Lcs(
                "train",
                "--arch",
                "tnl",
                "--size",
                "nano-100k",
                "--threads",
                "1",
                "--set",
                "train.batch_tokens=512",
                "--set",
                "train.micro_batch=2",
                "--set",
                "checkpoints.every=1",
                "--steps",
                $"{checkpoints + 59}",
                "--output",
                Path.Combine(root, "run")
            ); // periodic checkpoints begin after 64 steps
            File.WriteAllText(
                Path.Combine(root, "wikitext_raw.txt"),
                string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog. ", 50))
            );
            var run = new RunDirectory(Path.Combine(root, "run"));
            var found = run.Checkpoints().Count;

            var (uninterrupted, _) = Evaluate(root);
            double[] again = [.. Enumerable.Range(0, 5).Select(_ => Evaluate(root).Seconds).Order()];
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{found} checkpoints, 2 tasks: {uninterrupted:F1} s; when all is done {again[2]:F2} s, "
                        + $"start-up included (median of 5), {100 * again[2] / found:F2} s per 100 checkpoints"
                )
            );

            File.Delete(run.EvalFile);
            var random = new Random(1);
            var told = new List<string>();
            for (var kill = 0; kill < kills; kill++)
                told.AddRange(
                    Told(Start(root, TimeSpan.FromSeconds(0.5 + random.NextDouble() * uninterrupted * 2 / kills)))
                );
            Process[] workers = [Start(root, null), Start(root, null)];
            told.AddRange(workers.SelectMany(Told));

            var results = run.ReadEvals().Select(r => (r.WeightsHash, r.Task, r.Metric)).ToList();
            Console.WriteLine(
                $"killed {kills} times at random, then two workers at once: {results.Count} results, "
                    + $"{results.Distinct().Count()} of them different, {4 * found} wanted; {told.Count} "
                    + $"evaluations told as finished, {told.Distinct().Count()} of them different, {2 * found} wanted"
            );
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static (double Seconds, string Error) Evaluate(string root)
    {
        var began = Stopwatch.GetTimestamp();
        var error = Lcs(Arguments(root));
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, error);
    }

    private static string[] Arguments(string root) =>
        [
            "eval",
            "--checkpoints",
            root,
            "--tasks",
            "val_loss,wikitext_raw",
            "--task-data",
            root,
            "--limit",
            "6",
            "--threads",
            "1",
        ];

    private static string Lcs(params string[] arguments)
    {
        using var lcs = Start(arguments);
        var error = lcs.StandardError.ReadToEnd();
        lcs.WaitForExit();
        return lcs.ExitCode == 0 ? error : throw new InvalidOperationException(error);
    }

    /// <param name="life">When to kill it, with SIGKILL; null lets it finish.</param>
    private static Process Start(string root, TimeSpan? life)
    {
        var lcs = Start(Arguments(root));
        if (life is { } span && !lcs.WaitForExit(span))
            lcs.Kill();
        return lcs;
    }

    private static Process Start(string[] arguments) =>
        Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lcs.dll"), .. arguments])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;

    /// <summary>The (checkpoint, task) pairs that a process told as evaluated.</summary>
    private static List<string> Told(Process lcs)
    {
        lcs.OutputDataReceived += (_, _) => { };
        lcs.BeginOutputReadLine();
        var lines = lcs.StandardError.ReadToEnd().Split('\n');
        lcs.WaitForExit();
        lcs.Dispose();
        return
        [
            .. lines
                .Where(l =>
                    l.StartsWith("run/step-", StringComparison.Ordinal) && l.Contains(": ", StringComparison.Ordinal)
                )
                .Select(l => l[..l.IndexOf(": ", StringComparison.Ordinal)]),
        ];
    }
}
