using System.Text.Json.Serialization;

namespace LinearScaling.Runs;

/// <summary>What a run is: <c>run.json</c>, written once before its first step. With config.yaml it is the start of the
/// provenance chain.</summary>
/// <param name="Name">The run's directory name.</param>
/// <param name="Architecture">As in <c>--arch</c>.</param>
/// <param name="Size">As in <c>--size</c>, or "custom".</param>
/// <param name="ConfigHash">Hash of the effective configuration.</param>
/// <param name="Version">Version of lcs that started the run.</param>
/// <param name="SeqLen">Tokens per sequence.</param>
/// <param name="TokensPerStep">Tokens per optimizer step.</param>
/// <param name="DataFingerprint">The shard manifest's fingerprint.</param>
/// <param name="Tokenizer">Name of the tokenizer that made the shards.</param>
/// <param name="FlopsPerToken">Training FLOPs per token (forward and backward) under each convention, of which paper is
/// absent where it has no formula: paper, exact, 6nd, palm.</param>
/// <param name="DType">Element type of the matrix products: fp32 or bf16.</param>
/// <param name="MissingMetrics">Steps that metrics.jsonl lost, as a power cut may take its last lines; null where none
/// are.</param>
public sealed record RunRecord(
    string Name,
    string Architecture,
    string Size,
    string ConfigHash,
    string Version,
    ulong Seed,
    int SeqLen,
    long TokensPerStep,
    ParameterCounts Parameters,
    IReadOnlyDictionary<string, double> FlopsPerToken,
    string Tokenizer,
    int VocabSize,
    string DataFingerprint,
    string Device,
    string DType,
    int Threads,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<StepRange>? MissingMetrics = null
);

/// <summary>Steps from one to another, both included.</summary>
public sealed record StepRange(long First, long Last)
{
    /// <summary>The logged steps, of those that had to be logged up to a step, that are not there.</summary>
    /// <param name="logged">Steps that are there.</param>
    /// <param name="every">Steps between two that had to be.</param>
    /// <param name="last">The last step done.</param>
    public static IReadOnlyList<StepRange> Missing(IEnumerable<long> logged, int every, long last)
    {
        var there = logged.ToHashSet();
        var missing = new List<StepRange>();
        for (long step = every; step <= last; step += every)
            if (there.Contains(step))
                continue;
            else if (missing is [.., var range] && range.Last == step - every)
                missing[^1] = range with { Last = step };
            else
                missing.Add(new(step, step));
        return missing;
    }
}

/// <summary>Parameter counts; the laws' N is <see cref="NonEmbedding"/>.</summary>
public sealed record ParameterCounts(long Embedding, long NonEmbedding)
{
    [JsonIgnore]
    public long Total => Embedding + NonEmbedding;
}

/// <summary>One logged optimizer step: a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Optimizer steps done, this one included.</param>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="Flops">Training FLOPs so far under the <c>exact</c> convention.</param>
/// <param name="Loss">Mean cross-entropy over the step's tokens, nats per token, before the update.</param>
/// <param name="Lr">Learning rate of the step.</param>
/// <param name="GradNorm">L2 norm of the whole gradient before clipping.</param>
/// <param name="Mfu">Model FLOPs utilisation under the <c>exact</c> convention, or null where the peak is not
/// known.</param>
/// <param name="MemoryBytes">Resident memory (CPU) or allocated device memory.</param>
/// <param name="DataWaitSeconds">Time the step waited for its batch.</param>
/// <param name="Seconds">Training time of the run so far, restarts included.</param>
/// <param name="Skipped">Whether the update was not applied, because the loss or the gradient norm was a spike.</param>
/// <param name="Ranks">The processes that took the step; like the following it is null where one did.</param>
/// <param name="CommunicationSeconds">Time that rank 0 waited for others and their data, in the step.</param>
/// <param name="SlowestRank">The rank that computed longest.</param>
/// <param name="LagSeconds">How much longer than the ranks' mean.</param>
public sealed record StepRecord(
    long Step,
    long Tokens,
    double Flops,
    double Loss,
    double Lr,
    double GradNorm,
    double TokensPerSecond,
    double? Mfu,
    long MemoryBytes,
    double DataWaitSeconds,
    double Seconds,
    bool Skipped = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Ranks = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? CommunicationSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SlowestRank = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LagSeconds = null
);

/// <summary>One metric of one task on one checkpoint: a line of <c>eval.jsonl</c>.</summary>
/// <param name="Checkpoint">The checkpoint's directory name, as step-00001000.</param>
/// <param name="WeightsHash">Hash of the weights: with the tokenizer, the task and the settings it identifies the
/// result, wherever the files lie.</param>
/// <param name="Stderr">Standard error of the value, or null where none is defined.</param>
/// <param name="N">Number of items (documents, sequences) behind the value.</param>
/// <param name="Settings">Everything besides the weights that the value depends on, as text: data fingerprint, limits,
/// few-shot.</param>
public sealed record EvalRecord(
    string Checkpoint,
    long Step,
    long Tokens,
    string WeightsHash,
    string Tokenizer,
    string Task,
    int TaskVersion,
    string Metric,
    double Value,
    double? Stderr,
    long N,
    IReadOnlyDictionary<string, string> Settings,
    string Version
);

/// <summary>One item of a task on one checkpoint: a line of <c>samples/CHECKPOINT/TASK.jsonl</c>.</summary>
/// <param name="Id">The document's identity, the same for every model.</param>
/// <param name="Document">The document it is about: items of one document are not independent.</param>
/// <param name="WeightsHash">Hash of the weights that answered.</param>
/// <param name="SettingsHash">Hash of the task's version and settings, by which kept items are told from those of
/// another limit or prompt.</param>
/// <param name="Scores">The item's score by every metric it counts for, in the metric's unit; of a perplexity its
/// logarithm.</param>
/// <param name="Requests">What was asked, and the answers.</param>
public sealed record SampleRecord(
    string Id,
    string Document,
    string WeightsHash,
    string SettingsHash,
    IReadOnlyDictionary<string, double> Scores,
    IReadOnlyList<SampleRequest> Requests
);

/// <summary>A request of an item: its text where it has one, and what the model answered.</summary>
public sealed record SampleRequest(
    string? Context,
    string? Continuation,
    double? LogLikelihood,
    bool? IsGreedy,
    string? Generated
);

/// <summary>What a checkpoint knows besides tensors: <c>state.json</c>. Resuming needs nothing else.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Sequence">The next sequence of the stream, counted over all epochs.</param>
/// <param name="Flops">Training FLOPs so far, <c>exact</c> convention.</param>
/// <param name="Seconds">Training time so far.</param>
/// <param name="WeightsHash">Hash of the weights in model.safetensors.</param>
/// <param name="Skipped">Steps among them whose update was skipped as a spike.</param>
/// <param name="RecentLosses">Losses that the next one's z-score is against, oldest first; null where spikes are not
/// looked for.</param>
/// <param name="RecentNorms">Gradient norms likewise.</param>
public sealed record CheckpointState(
    long Step,
    long Tokens,
    long Sequence,
    double Flops,
    double Seconds,
    string ConfigHash,
    string DataFingerprint,
    string WeightsHash,
    string Version,
    long Skipped = 0,
    IReadOnlyList<double>? RecentLosses = null,
    IReadOnlyList<double>? RecentNorms = null
);

/// <summary>A step that was stopped before its update: <c>state.json</c> beside its batch.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Sequence">The first of its sequences, counted over all epochs.</param>
/// <param name="Loss">What it was: not finite, or finite with a gradient that is not.</param>
/// <param name="Lr">The learning rate it would have used.</param>
/// <param name="Checkpoint">The checkpoint that holds the state before the step, or null where there is none.</param>
public sealed record StoppedStep(
    long Step,
    long Sequence,
    double Loss,
    double GradNorm,
    double Lr,
    ulong Seed,
    string ConfigHash,
    string? Checkpoint,
    string Version
);

/// <summary>JSON of the run files: snake_case, unknown and missing keys refused by name, NaN and infinities kept as
/// text.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(StepRecord))]
[JsonSerializable(typeof(EvalRecord))]
[JsonSerializable(typeof(SampleRecord))]
[JsonSerializable(typeof(CheckpointState))]
[JsonSerializable(typeof(CompleteRecord))]
[JsonSerializable(typeof(StoppedStep))]
[JsonSerializable(typeof(TrainingProfile))]
public sealed partial class RunJson : JsonSerializerContext;
