using System.Globalization;
using LinearScaling.Laws.Forms;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Cli.Commands;

/// <summary>Mistakes in a command line, in words a user can act on.</summary>
internal static class CommandMistakes
{
    public static AgreedFailureException NotAllEvaluated(int damaged, int count) =>
        new(
            $"{damaged} of {count} checkpoints could not be evaluated (named above); the "
                + $"results of the others are kept"
        );

    public static LinearScalingException NoColumns() =>
        new("--table needs --columns, as --columns \"N=params,D=tokens,L=loss\"");

    public static LinearScalingException NoOtherMetric(string form, string name) =>
        new($"--law {form}: it is a law of another metric, not of compute; name {name}");

    public static LinearScalingException OnlyOfTables(LawForm form) =>
        new(
            $"--law {form.Name}: it reads "
                + (form.Columns.Count > 0 ? $"a column '{string.Join(", ", form.Columns)}'" : "columns of any name")
                + ", and runs have none; put what they measured into a table, and name it with --table and --columns"
        );

    public static LinearScalingException OnlyCompute(string table) =>
        new(
            $"{table}: C and L alone can mean two laws: name also run and N in --columns for the envelope of the runs, "
                + "or choose --law power_law for one power law through all points"
        );

    public static LinearScalingException ScheduleAnd(string form, string other) =>
        new($"--law {form} and {other}: a law of learning rates is fitted alone, to whole curves; leave that out");

    public static LinearScalingException NoCurves(string table) =>
        new($"{table}: approach 1 needs whole curves: several rows of each run, named in --columns run=COLUMN");

    public static LinearScalingException RisingMetric(string metric) =>
        new($"--approach: {metric} grows with training, and approaches 1 to 3 are of losses; choose a form with --law");

    public static LinearScalingException ApproachAnd(string other) =>
        new(
            $"--approach and {other}: approaches are of losses over N, D and C; approach 3 alone has a form (--law, "
                + "one of N and D), a loss, coefficients to give and starts"
        );

    public static LinearScalingException NoTokenizer(string checkpoint) =>
        new($"{checkpoint}: the model came without a tokenizer; name one with --tokenizer");

    public static LinearScalingException LawAnd(string goal, string other) =>
        new($"{goal} and {other}: a plan is by a law or of a run; give one of them");

    public static LinearScalingException BudgetAndLoss() =>
        new("--budget and --target-loss: a plan spends compute or reaches a loss; give one of them");

    public static LinearScalingException Lacks(string option, string other) =>
        new($"{option}: needs {other} beside it");

    public static LinearScalingException NoneAffordable(double flops) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"--affordable: each of the candidates costs more than {flops:0.###e+0} FLOPs"
            )
        );

    public static LinearScalingException StudyAnd(string file, string other) =>
        new($"{file} and {other}: a plan is of a study or of a run; give one of them");

    public static LinearScalingException Failed(IReadOnlyList<string> failures) =>
        new(
            $"{string.Join('\n', failures.Select(f => "failed: " + f))}\n{failures.Count} of the study's parts "
                + $"failed; the others are done, and the same command tries these again"
        );

    public static LinearScalingException TwoHorizons(string first, string second) =>
        new($"--{first} and --{second}: a run has one horizon; give one of them");

    public static LinearScalingException Validation(double share) =>
        new($"--validation: must be between 0 and 0.5, got {share.ToString(CultureInfo.InvariantCulture)}");

    public static void WarnOfTensors(TextWriter error, IReadOnlyList<string> notFinite)
    {
        if (notFinite.Count > 0)
            error.WriteLine(
                $"caution: tensor '{notFinite[0]}'"
                    + (notFinite.Count > 1 ? $" and {notFinite.Count - 1} more hold " : " holds ")
                    + "NaN or infinity; whatever the model says is not a number"
            );
    }

    public static AgreedFailureException StartedTwice(RankPlace place) =>
        new(
            $"--devices: {place.Launcher.Words()} has started {place.Size} processes of this command already; leave "
                + "--devices out"
        );
}
