using LinearScaling.Text;

namespace LinearScaling.Evaluation.Requests;

/// <summary>A token model with its tokenizer: answers text requests.</summary>
/// <param name="maxLength">The longest input in tokens; null is the model's sequence length of training.</param>
/// <param name="begin">Whether every text starts with the tokenizer's beginning-of-text token, where it has one: so in
/// lm-evaluation-harness since November 2025.</param>
public sealed class TokenizedModel(ITokenModel model, Tokenizer tokenizer, int? maxLength = null, bool begin = true)
    : IEvaluatedModel
{
    private readonly RequestEncoder encoder = new(
        tokenizer.Encode,
        tokenizer.BosId ?? tokenizer.EndOfText,
        maxLength ?? model.SeqLen,
        begin && tokenizer.BosId is not null
    );

    public IReadOnlyList<Answer> Answer(
        IReadOnlyList<Request> requests,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        var sequences = new List<ScoredSequence>();
        var owners = new List<int>();
        var prompts = new List<TokenPrompt>();
        var generations = new List<(int Request, StopRule Rule)>();
        for (var i = 0; i < requests.Count; i++)
            switch (requests[i])
            {
                case LogLikelihoodRequest request:
                    Add(i, encoder.Encode(request));
                    break;
                case RollingRequest request:
                    foreach (var window in encoder.Windows(request))
                        Add(i, window);
                    break;
                case SequenceRequest request:
                    foreach (var window in encoder.Windows(request.Tokens, request.Scored))
                        Add(i, window);
                    break;
                case GenerationRequest request:
                    var rule = new StopRule(tokenizer, request.Until);
                    prompts.Add(
                        new(encoder.Prompt(request.Context, request.MaxTokens), request.MaxTokens, rule.Reached)
                    );
                    generations.Add((i, rule));
                    break;
            }

        // Generation is counted by its prompts and budgets, so that the bar moves evenly.
        var scoring = sequences.Sum(s => (double)s.Tokens.Length);
        var generating = prompts.Sum(p => (double)p.Tokens.Length + p.MaxTokens);
        var total = Math.Max(1, scoring + generating);
        var answers = new Answer[requests.Count];
        Array.Fill(answers, new(0, true));
        var scores = model.Score(sequences, done => progress(done * scoring / total), cancellationToken);
        for (var s = 0; s < scores.Count; s++)
        {
            var answer = answers[owners[s]];
            answers[owners[s]] = new(
                answer.LogLikelihood + scores[s].LogLikelihood,
                answer.IsGreedy && scores[s].IsGreedy,
                answer.Tokens + sequences[s].Scored
            );
        }
        var texts = model.Generate(prompts, done => progress((scoring + done * generating) / total), cancellationToken);
        for (var g = 0; g < texts.Count; g++)
            answers[generations[g].Request] = texts[g] is { } text
                ? new(0, Tokens: text.Length, Text: generations[g].Rule.Text(text))
                : new(double.NaN);
        return answers;

        void Add(int owner, ScoredSequence sequence)
        {
            sequences.Add(sequence);
            owners.Add(owner);
        }
    }
}
