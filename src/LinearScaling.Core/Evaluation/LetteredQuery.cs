using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation;

/// <summary>The common form of a prepared question whose choices stand in the query: <c>...\nChoices:\nA. ...\nB.
/// ...\nAnswer:</c>, scored by the letters.</summary>
internal static class LetteredQuery
{
    public const string Heading = "\nChoices:\n";

    /// <returns>What stands before the choices, and the choices without their letters.</returns>
    public static (string Head, IReadOnlyList<string> Choices) Split(TaskDocument document)
    {
        var query = document.Text("query");
        var at = query.IndexOf(Heading, StringComparison.Ordinal);
        var lines = at < 0 ? [] : query[(at + Heading.Length)..].Split('\n').TakeWhile(l => l != "Answer:").ToArray();
        for (var i = 0; i < lines.Length; i++)
            if (!lines[i].StartsWith($"{(char)('A' + i)}. ", StringComparison.Ordinal))
                lines = [];
        return lines.Length > 0
            ? (query[..at], [.. lines.Select(l => l[3..])])
            : throw document.Wrong("query", "Choices: and below it A. and so on, each on a line");
    }
}
