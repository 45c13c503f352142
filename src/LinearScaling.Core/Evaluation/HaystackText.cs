using System.Text;
using LinearScaling.Files;

namespace LinearScaling.Evaluation;

/// <summary>Text that needles are hidden in: a file, a folder of texts, or by default the head of the validation
/// data.</summary>
internal static class HaystackText
{
    private static readonly Dictionary<(string, int), string> Known = [];

    /// <param name="path">A file or a folder; empty for TASK-DATA/haystack or haystack.txt, and without those the
    /// held-out text.</param>
    /// <param name="tokens">At most so many tokens of the text will be used.</param>
    public static string Read(string path, EvalInputs inputs, int tokens)
    {
        string[] candidates =
            path.Length > 0
                ? [path]
                : [Path.Combine(inputs.TaskData, "haystack"), Path.Combine(inputs.TaskData, "haystack.txt")];
        foreach (var candidate in candidates)
            lock (Known)
            {
                if (Known.TryGetValue((candidate, tokens), out var text))
                    return text;
                if (File.Exists(candidate) || Directory.Exists(candidate))
                    return Known[(candidate, tokens)] = Head(Files(candidate), tokens);
            }
        if (path.Length > 0)
            throw new LinearScalingException($"haystack: no file or folder {path}");
        if (inputs.HeldOut is not { } heldOut)
            throw EvaluationMistakes.NoHaystack(Path.Combine(inputs.TaskData, "haystack"));
        lock (Known)
        {
            var key = (heldOut.Fingerprint + heldOut.SeqLen, tokens);
            if (!Known.TryGetValue(key, out var text))
                Known[key] = text = inputs.Tokenizer.Decode([
                    .. heldOut.Read().Sequences.SelectMany(s => s.Skip(1)).Take(tokens),
                ]);
            return text;
        }
    }

    private static IEnumerable<string> Files(string path) =>
        File.Exists(path)
            ? [path]
            : FolderTree
                .Files(path, "*")
                .Where(f => Path.GetExtension(f) is ".txt" or ".md")
                .Order(StringComparer.Ordinal);

    /// <summary>No token is longer than some dozen characters, so the beginning of the files is enough.</summary>
    private static string Head(IEnumerable<string> files, int tokens)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            text.Append(Utf8File.ReadAllText(file)).Append('\n');
            if (text.Length > 16L * tokens)
                break;
        }
        return text.ToString(0, (int)Math.Min(text.Length, 16L * tokens));
    }
}
