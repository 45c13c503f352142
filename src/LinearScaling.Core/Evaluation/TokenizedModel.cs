using LinearScaling.Text;

namespace LinearScaling.Evaluation;

/// <summary>A token model with its tokenizer: answers text requests.</summary>
/// <param name="maxLength">The longest input in tokens; null is the model's sequence length of training.</param>
public sealed class TokenizedModel(ITokenModel model, Tokenizer tokenizer, int? maxLength = null) : IEvaluatedModel
{
    private readonly RequestEncoder encoder = new(tokenizer.Encode, tokenizer.BosId ?? tokenizer.EndOfText, maxLength ?? model.SeqLen);

    public IReadOnlyList<Answer> Answer(IReadOnlyList<Request> requests, Action<double> progress, CancellationToken cancellationToken)
    {
        var sequences = new List<ScoredSequence>();
        var owners = new List<int>();
        var prompts = new List<TokenPrompt>();
        var generations = new List<int>();
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
                    prompts.Add(new(encoder.Prompt(request.Context, request.MaxTokens), request.MaxTokens,
                        tokens => tokens[^1] == tokenizer.EndOfText || request.Until.Any(u => tokenizer.Decode([.. tokens]).Contains(u, StringComparison.Ordinal))));
                    generations.Add(i);
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
            answers[owners[s]] = new(answer.LogLikelihood + scores[s].LogLikelihood, answer.IsGreedy && scores[s].IsGreedy, answer.Tokens + sequences[s].Scored);
        }
        var texts = model.Generate(prompts, done => progress((scoring + done * generating) / total), cancellationToken);
        for (var g = 0; g < texts.Count; g++)
            answers[generations[g]] = Generated((GenerationRequest)requests[generations[g]], texts[g]);
        return answers;

        void Add(int owner, ScoredSequence sequence)
        {
            sequences.Add(sequence);
            owners.Add(owner);
        }
    }

    private Answer Generated(GenerationRequest request, int[] tokens)
    {
        var text = tokenizer.Decode(tokens.Length > 0 && tokens[^1] == tokenizer.EndOfText ? tokens[..^1] : tokens);
        foreach (var until in request.Until)
            if (text.IndexOf(until, StringComparison.Ordinal) is var at and >= 0)
                text = text[..at];
        return new(0, Tokens: tokens.Length, Text: text);
    }
}
