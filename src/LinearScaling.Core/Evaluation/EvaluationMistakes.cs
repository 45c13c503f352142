namespace LinearScaling.Evaluation;

/// <summary>What can be wrong with an evaluation, in words a user can act on.</summary>
internal static class EvaluationMistakes
{
    public static LinearScalingException TooFewExamples(int wanted, string task, int documents) =>
        new($"--num-fewshot {wanted}: {task} has {documents} documents to take examples from");

    public static LinearScalingException NothingToScore(string context, string continuation) =>
        new(
            $"nothing to score: after the context ...'{context[Math.Max(0, context.Length - 60)..]}' the tokenizer "
                + $"leaves no token to the continuation '{continuation}'; take this document out of the task's data"
        );

    public static LinearScalingException NoHaystack(string folder) =>
        new(
            $"haystack: no text; put .txt or .md files into {folder}, or "
                + $"name one with --set needle_easy.haystack=FILE"
        );

    public static LinearScalingException OtherItems(int first, int second, int common) =>
        new($"--compare: the two models were scored on different items ({first} and {second}, {common} in common)");

    public static LinearScalingException NoScore(string model, string item) =>
        new(
            $"--compare: the {model} model has no finite score on item {item}: its weights or logits are not finite; "
                + $"nothing can be compared with it"
        );

    public static LinearScalingException NotASetting(string setting, IEnumerable<string> tasks) =>
        new($"--set {setting}: expected TASK.KEY=VALUE with one of the chosen tasks: {string.Join(", ", tasks)}");

    public static LinearScalingException NeedleTooLong(string task, int length, int room) =>
        new(
            $"{task}.min_length: {length} tokens do not hold needle, question and answer; at least "
                + $"{length - room + 1}"
        );

    public static LinearScalingException HaystackTooShort(string task, int tokens, int room) =>
        new($"{task}.haystack: {tokens} tokens of text for contexts of {room}; name a longer one");
}
