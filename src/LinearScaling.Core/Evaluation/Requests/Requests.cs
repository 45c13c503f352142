namespace LinearScaling.Evaluation.Requests;

/// <summary>What a task may ask a model: one of three requests.</summary>
public abstract record Request;

/// <summary>The log-likelihood of <paramref name="Continuation"/> given <paramref name="Context"/>, and whether greedy
/// decoding would have produced it.</summary>
/// <param name="Context">What precedes; empty for an unconditional score.</param>
/// <param name="Continuation">What is scored; begins with a space unless the context ends with white space.</param>
public sealed record LogLikelihoodRequest(string Context, string Continuation) : Request;

/// <summary>
/// The log-likelihood of a whole document, every token once, each given as much of what precedes as the model's window
/// holds.
/// </summary>
/// <remarks>
/// With a window of four tokens and the document t0..t5, prefix token p: [p t0 t1 t2] scores t0..t3, then the last
/// window is moved left so that it is full, [t1 t2 t3 t4], and scores t4 and t5 alone.
/// </remarks>
public sealed record RollingRequest(string Text) : Request;

/// <summary>The log-likelihood of the last <paramref name="Scored"/> tokens of a sequence given as token ids: how
/// validation loss and needles are asked for.</summary>
public sealed record SequenceRequest(int[] Tokens, int Scored) : Request;

/// <summary>Greedy continuation of <paramref name="Context"/> up to, not including, the first of
/// <paramref name="Until"/>, or <paramref name="MaxTokens"/> tokens.</summary>
public sealed record GenerationRequest(string Context, IReadOnlyList<string> Until, int MaxTokens) : Request;

/// <summary>A model's answer to a request: a log-likelihood in nats, or a text.</summary>
/// <param name="LogLikelihood">Sum over the scored tokens; 0 for a generation. Not finite where the model's logits are
/// not.</param>
/// <param name="IsGreedy">Every scored token was the model's first choice (log-likelihood requests only).</param>
/// <param name="Tokens">Number of scored or generated tokens.</param>
/// <param name="Text">What was generated.</param>
public sealed record Answer(double LogLikelihood, bool IsGreedy = false, int Tokens = 0, string Text = "");
