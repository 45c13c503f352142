using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>BLiMP (arXiv:1912.00582): which sentence of a minimal pair is the grammatical one, over 67 phenomena of
/// 1,000 pairs.</summary>
/// <remarks>acc is the mean over all pairs, which is the mean over phenomena; each phenomenon's own accuracy stands
/// beside it. Sentences have no context.</remarks>
public sealed record BlimpTask : EvalTask
{
    public static IReadOnlyList<string> Subsets { get; } =
    [
        "adjunct_island",
        "anaphor_gender_agreement",
        "anaphor_number_agreement",
        "animate_subject_passive",
        "animate_subject_trans",
        "causative",
        "complex_NP_island",
        "coordinate_structure_constraint_complex_left_branch",
        "coordinate_structure_constraint_object_extraction",
        "determiner_noun_agreement_1",
        "determiner_noun_agreement_2",
        "determiner_noun_agreement_irregular_1",
        "determiner_noun_agreement_irregular_2",
        "determiner_noun_agreement_with_adj_2",
        "determiner_noun_agreement_with_adj_irregular_1",
        "determiner_noun_agreement_with_adj_irregular_2",
        "determiner_noun_agreement_with_adjective_1",
        "distractor_agreement_relational_noun",
        "distractor_agreement_relative_clause",
        "drop_argument",
        "ellipsis_n_bar_1",
        "ellipsis_n_bar_2",
        "existential_there_object_raising",
        "existential_there_quantifiers_1",
        "existential_there_quantifiers_2",
        "existential_there_subject_raising",
        "expletive_it_object_raising",
        "inchoative",
        "intransitive",
        "irregular_past_participle_adjectives",
        "irregular_past_participle_verbs",
        "irregular_plural_subject_verb_agreement_1",
        "irregular_plural_subject_verb_agreement_2",
        "left_branch_island_echo_question",
        "left_branch_island_simple_question",
        "matrix_question_npi_licensor_present",
        "npi_present_1",
        "npi_present_2",
        "only_npi_licensor_present",
        "only_npi_scope",
        "passive_1",
        "passive_2",
        "principle_A_c_command",
        "principle_A_case_1",
        "principle_A_case_2",
        "principle_A_domain_1",
        "principle_A_domain_2",
        "principle_A_domain_3",
        "principle_A_reconstruction",
        "regular_plural_subject_verb_agreement_1",
        "regular_plural_subject_verb_agreement_2",
        "sentential_negation_npi_licensor_present",
        "sentential_negation_npi_scope",
        "sentential_subject_island",
        "superlative_quantifiers_1",
        "superlative_quantifiers_2",
        "tough_vs_raising_1",
        "tough_vs_raising_2",
        "transitive",
        "wh_island",
        "wh_questions_object_gap",
        "wh_questions_subject_gap",
        "wh_questions_subject_gap_long_distance",
        "wh_vs_that_no_gap",
        "wh_vs_that_no_gap_long_distance",
        "wh_vs_that_with_gap",
        "wh_vs_that_with_gap_long_distance",
    ];

    public override int Version => 1;

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.Mean("acc"), .. Subsets.Select(s => new Metric.Mean(s))];

    /// <remarks>A limit counts within every phenomenon.</remarks>
    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs) =>
        [
            .. Subsets.SelectMany(s =>
                Source(s)
                    .Documents(inputs.TaskData)
                    .Documents.Take(inputs.Limit ?? int.MaxValue)
                    .Select((d, i) => Item(s, d, i, inputs))
            ),
        ];

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs)
    {
        var hashes = string.Concat(Subsets.Select(s => Source(s).Documents(inputs.TaskData).Hash));
        return new SortedDictionary<string, string>(base.Settings(inputs).ToDictionary(), StringComparer.Ordinal)
        {
            ["data"] = Checksum.Compute(hashes),
        };
    }

    private static EvalItem Item(string subset, TaskDocument document, int index, EvalOptions options)
    {
        var space = options.Compat ? "" : " ";
        return new(
            $"{subset}/{index}",
            [
                new LogLikelihoodRequest("", space + document.Text("sentence_good")),
                new LogLikelihoodRequest("", space + document.Text("sentence_bad")),
            ],
            answers =>
            {
                var right = new Sample(answers[0].LogLikelihood >= answers[1].LogLikelihood ? 1 : 0);
                return new Dictionary<string, Sample> { ["acc"] = right, [subset] = right };
            }
        );
    }

    private static TaskSource Source(string subset) => new($"blimp/{subset}", "train", $"nyu-mll/blimp {subset}");
}
