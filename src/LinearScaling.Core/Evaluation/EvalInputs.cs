using LinearScaling.Text;

namespace LinearScaling.Evaluation;

/// <summary>What the user set for all tasks of an evaluation.</summary>
public record EvalOptions
{
    /// <summary>Only the first that many items of every task.</summary>
    public int? Limit { get; init; }

    /// <summary>Directory of the tasks' documents.</summary>
    public string TaskData { get; init; } = "task-data";

    /// <summary>Solved examples before every question, for the tasks that know them.</summary>
    public int NumFewshot { get; init; }

    /// <summary>Seeds the choice of examples where no fixed ones are given (the harness's default).</summary>
    public int FewshotSeed { get; init; } = 1234;

    /// <summary>Scores choices without their question too, for acc_mutual_info.</summary>
    public bool MutualInfo { get; init; }

    /// <summary>Prompts of the harness of 2021, where today's differ: boolq's order of choices, sciq's white space,
    /// blimp's leading space, the beginning-of-text token before contexts.</summary>
    public bool Compat { get; init; }
}

/// <summary>What tasks take their items from: the options, and what belongs to the evaluated model.</summary>
public sealed record EvalInputs : EvalOptions
{
    public EvalInputs(EvalOptions options)
        : base(options) { }

    /// <summary>The evaluated model's tokenizer.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Tokens predicted a sequence in training: the longest input, unless a task says otherwise.</summary>
    public required int SeqLen { get; init; }

    /// <summary>Held-out token sequences for the validation loss, or null when the evaluated model has none.</summary>
    public HeldOutSequences? HeldOut { get; init; }
}

/// <summary>The held-out sequences of a token data set, read when first needed.</summary>
/// <param name="Fingerprint">Identifies the data, for the settings of a result.</param>
/// <param name="SeqLen">Tokens predicted a sequence; the last one may be shorter.</param>
public sealed record HeldOutSequences(string Fingerprint, int SeqLen, Func<HeldOutTokens> Read);

/// <param name="Sequences">Each starts with the last token of the one before, so that every token is predicted
/// once.</param>
/// <param name="TextBytes">UTF-8 bytes of the text behind all of them.</param>
public sealed record HeldOutTokens(IReadOnlyList<int[]> Sequences, long TextBytes);
