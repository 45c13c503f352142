using System.Globalization;
using LinearScaling.Configuration;
using LinearScaling.Evaluation.Tasks;

namespace LinearScaling.Evaluation;

/// <summary>An evaluation task: documents to requests, answers to metrics. Its configuration is the record
/// itself.</summary>
/// <remarks>One record a task, in a file under Tasks/, and one line of the table below.</remarks>
public abstract record EvalTask
{
    /// <summary>The setting that tells results of different tokenizers apart.</summary>
    public const string TokenizerKey = "tokenizer_hash";

    public static Registry Variants { get; } =
        new(
            "evaluation task",
            ("val_loss", typeof(ValidationLossTask)),
            ("wikitext", typeof(WikitextTask)),
            ("wikitext_raw", typeof(WikitextRawTask)),
            ("lambada_openai", typeof(LambadaOpenAiTask)),
            ("lambada_standard", typeof(LambadaStandardTask)),
            ("hellaswag", typeof(HellaSwagTask)),
            ("piqa", typeof(PiqaTask)),
            ("winogrande", typeof(WinoGrandeTask)),
            ("arc_easy", typeof(ArcEasyTask)),
            ("arc_challenge", typeof(ArcChallengeTask)),
            ("openbookqa", typeof(OpenBookQaTask)),
            ("boolq", typeof(BoolQTask)),
            ("sciq", typeof(SciQTask)),
            ("siqa", typeof(SiqaTask)),
            ("commonsense_qa", typeof(CommonsenseQaTask)),
            ("copa", typeof(CopaTask)),
            ("winograd", typeof(WinogradTask)),
            ("blimp", typeof(BlimpTask)),
            ("needle_easy", typeof(NeedleEasyTask)),
            ("needle_standard", typeof(NeedleStandardTask)),
            ("scrolls_govreport", typeof(GovReportTask)),
            ("scrolls_summscreenfd", typeof(SummScreenTask)),
            ("scrolls_qmsum", typeof(QmSumTask)),
            ("scrolls_qasper", typeof(QasperTask)),
            ("scrolls_narrativeqa", typeof(NarrativeQaTask)),
            ("scrolls_quality", typeof(QualityTask)),
            ("scrolls_contractnli", typeof(ContractNliTask))
        );

    /// <summary>The task's name in <c>--tasks</c> and eval.jsonl.</summary>
    public string Name => Variants.Names.First(n => Variants.TryGet(n, out var type) && type == GetType());

    /// <summary>Raised whenever the same weights would score differently: results of different versions are never
    /// mixed.</summary>
    public abstract int Version { get; }

    /// <summary>What the task reports, the main metric first.</summary>
    public abstract IReadOnlyList<Metric> Metrics(EvalOptions options);

    /// <summary>The longest input in tokens; null is the model's sequence length of training.</summary>
    public virtual int? Window => null;

    /// <summary>Whether its items are kept with every evaluation, and not only where they are asked for.</summary>
    public virtual bool KeepsItems => false;

    /// <summary>The items, in the order of the documents.</summary>
    /// <exception cref="LinearScalingException">The task's data is missing; the message says what to put
    /// where.</exception>
    public abstract IReadOnlyList<EvalItem> Items(EvalInputs inputs);

    /// <summary>What besides the weights the results depend on, as text: the record's own values and what it takes from
    /// the inputs.</summary>
    public virtual IReadOnlyDictionary<string, string> Settings(EvalInputs inputs)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in ConfigMember.List(GetType()))
            settings[member.Key] = Convert.ToString(member.Value(this), CultureInfo.InvariantCulture) ?? "";
        if (inputs.Compat)
            settings["compat"] = "2021";
        if (inputs.Limit is { } limit)
            settings["limit"] = limit.ToString(CultureInfo.InvariantCulture);
        settings[TokenizerKey] = inputs.Tokenizer.Hash;
        return settings;
    }
}
