using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Tests.Laws;

/// <summary>Every form as a user has it: those of any columns are given three.</summary>
internal static class SampleForms
{
    public static LawForm Named(string name) => LawForm.Named(name).Over(["width", "depth", "tokens"]);

    /// <summary>Schedules of 5,000 steps that fall at once, each to another rate at another step: one change, so that
    /// fits of any data are quick.</summary>
    private static readonly LearningRates[] Drops =
    [
        Drop(1500, 1e-4),
        Drop(2200, 5e-5),
        Drop(3100, 2e-5),
        Drop(900, 1.5e-4),
    ];

    private static LearningRates Drop(int at, double rate) =>
        new([(1, 3e-4), (at, 3e-4), (at + 1, rate), (5000, rate)]);

    /// <summary>A point with the columns that the form reads: width and depth of a model of N parameters in several
    /// shapes, different tokens for one to 40 epochs, or a place on a schedule.</summary>
    public static Observation WithColumns(LawForm form, Observation o, int i) =>
        form switch
        {
            DataConstrained => o with { Others = [o.D / Math.Pow(40, i % 5 / 4.0)] },
            ColumnForm => o with { Others = [Math.Pow(o.N / 12, 0.3 + 0.05 * (i % 3)), 3 + i % 7, o.D] },
            { OfSchedule: true } => o with { Schedule = Drops[i % Drops.Length].At(500 * (1 + i / Drops.Length)) },
            _ => o,
        };
}
