using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Compute;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary>Options of <c>lcs fit</c> where they would do nothing: each is refused, with what to do instead.</summary>
internal static class FitUses
{
    private static readonly Option[] OfTables =
    [
        FitOptions.Columns,
        FitOptions.Where,
        FitOptions.DropWorst,
        FitOptions.BestPer,
    ];

    /// <summary>Those that only a parametric law has.</summary>
    private static readonly Option[] OfParametric =
    [
        FitOptions.Loss,
        FitOptions.Delta,
        FitOptions.Overestimates,
        FitOptions.Fix,
        FitOptions.Starts,
    ];

    private static readonly Option[] NotOfSchedules =
    [
        FitOptions.Against,
        FitOptions.BestPer,
        FitOptions.Convention,
        FitOptions.DropWorst,
        FitOptions.Link,
        FitOptions.Overlay,
        FitOptions.Via,
    ];

    /// <summary>Roles that every fit of a table reads, or shows.</summary>
    private static readonly string[] OfAll = ["N", "D", "C", "L", "run", "group"];

    /// <summary>What has no use for runs, or for a table.</summary>
    /// <param name="twoSteps">Whether metrics are fitted by way of a loss.</param>
    public static void CheckSource(ParseResult parse, bool twoSteps)
    {
        if (parse.GetValue(FitOptions.Table) is null)
        {
            if (First(parse, OfTables) is { } option)
                throw new LinearScalingException($"{option}: is of a table; name one with --table, or leave it out");
            return;
        }
        if (Given(parse, FitOptions.Runs))
            throw new LinearScalingException("--table and --runs: a law is fitted to one of them; leave the other out");
        if (Given(parse, FitOptions.Against))
            throw new LinearScalingException(
                "--against: of a table, name the other metric's column: --columns \"...,X=COLUMN\""
            );
        if (twoSteps && Given(parse, FitOptions.BurnIn))
            throw NoBurnIn();
        if (!twoSteps && Given(parse, FitOptions.Metric))
            throw new LinearScalingException("--metric: of a table, name its column: --columns \"...,L=COLUMN\"");
        if (parse.GetValue(FitOptions.Convention) is { } convention && convention != Flops.SixNd)
            throw new LinearScalingException(
                $"--convention {convention}: a table's N, D and C are columns, and one that is missing follows only "
                    + $"under {Flops.SixNd}; name the column, or leave --convention out"
            );
    }

    /// <summary>What has no use beside a law of schedules.</summary>
    public static void CheckSchedules(ParseResult parse, LawForm form)
    {
        if (First(parse, NotOfSchedules) is { } option)
            throw CommandMistakes.ScheduleAnd(form.Name, option);
    }

    /// <summary>What has no use beside approaches by number.</summary>
    public static void CheckApproaches(ParseResult parse, IReadOnlyList<int> approaches)
    {
        if (!approaches.Contains(3) && First(parse, OfParametric) is { } option)
            throw CommandMistakes.ApproachAnd(option);
    }

    /// <summary>What has no use for the law that is fitted to these data.</summary>
    /// <param name="approaches">Those asked for, or null.</param>
    public static void CheckData(ParseResult parse, FitData data, IReadOnlyList<int>? approaches)
    {
        if (approaches is null && data.Forms is null && First(parse, OfParametric) is { } option)
            throw new LinearScalingException(
                $"{option}: the compute envelope has no use for it; name a parametric form with --law"
            );
        var table = parse.GetValue(FitOptions.Table) is not null;
        var whole = approaches?.Contains(1) ?? data.Forms is null;
        if (table && !(whole && data.Curves is not null) && Given(parse, FitOptions.BurnIn))
            throw NoBurnIn();
        if (Given(parse, FitOptions.Against) && data.Forms is [var other, ..] && data.Forms.TrueForAll(f => !f.OfX))
            throw new LinearScalingException(
                $"--against and --law {other.Name}: it is no law of one variable; leave --against out, or choose one, "
                    + "as sigmoid"
            );
        if (
            Given(parse, FitOptions.Overlay)
            && approaches is null
            && data.Forms is { } forms
            && !forms.Exists(f => f.OfNAndD || (f.OfX && data.Variable == "C"))
        )
            throw new LinearScalingException(
                $"--overlay: published laws are of N, D and C, and this is one of "
                    + $"{forms[0].Variable(data.Variable)}; leave it out"
            );
    }

    /// <summary>Roles of a table's columns that what is fitted to it does not read: each is said.</summary>
    /// <param name="approaches">Those asked for, or null.</param>
    public static void NoteUnread(
        TablePoints rows,
        List<LawForm>? forms,
        IReadOnlyList<int>? approaches,
        FitOutput output
    )
    {
        var surface = approaches?.Contains(3) ?? forms is not null;
        var isoFlop = approaches?.Contains(2) ?? false;
        // The hold-out by which forms are compared goes by budgets.
        var budgets = isoFlop || (approaches is null && forms is { Count: > 1 });
        NoteUnread(
            rows,
            [
                .. rows.Others,
                .. surface || isoFlop ? (ReadOnlySpan<string>)["SE", "weight"] : [],
                .. budgets ? (ReadOnlySpan<string>)["budget"] : [],
                .. surface && forms?.Exists(f => f.OfX) == true ? (ReadOnlySpan<string>)["X"] : [],
            ],
            output
        );
    }

    /// <param name="read">Roles that are read, beside those that every fit reads.</param>
    public static void NoteUnread(TablePoints rows, IReadOnlyList<string> read, FitOutput output)
    {
        foreach (var (role, column) in rows.Columns)
            if (!OfAll.Contains(role) && !read.Contains(role) && !rows.BestPer.Contains(role))
                output.Note($"{role}={column.Text}: not used; what is fitted here does not read {role}");
    }

    private static LinearScalingException NoBurnIn() =>
        new(
            "--burn-in: of a table, only the envelope of whole curves leaves out their start; leave rows out with "
                + "--where, as --where \"tokens>1e8\""
        );

    private static string? First(ParseResult parse, IEnumerable<Option> options) =>
        options.FirstOrDefault(o => Given(parse, o))?.Name;

    private static bool Given(ParseResult parse, Option option) => parse.GetResult(option) is { Implicit: false };
}
