using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>ARC (arXiv:1803.05457): science questions of school exams with three to five choices.</summary>
public abstract record ArcTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        if (!document.Has("question"))
            return Prepared(document, "\nAnswer:");
        var question = Lettered(document);
        return question with { Context = $"Question: {question.Context}\nAnswer:" };
    }
}

/// <summary>The questions of ARC that word statistics or retrieval can answer.</summary>
public sealed record ArcEasyTask : ArcTask
{
    public override TaskSource Source { get; } = new("arc_easy", "test", "allenai/ai2_arc ARC-Easy", "train");
}

/// <summary>The questions of ARC that neither word statistics nor retrieval can answer.</summary>
public sealed record ArcChallengeTask : ArcTask
{
    public override TaskSource Source { get; } = new("arc_challenge", "test", "allenai/ai2_arc ARC-Challenge", "train");
}
