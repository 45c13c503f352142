using System.Text.Json;
using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

public sealed class PlanTests
{
    [Fact]
    public async Task Json_gives_every_figure_by_name()
    {
        var plan = await Plan("--arch", "tnl", "--size", "1b", "--json");
        Assert.Equal("tnl", plan.GetProperty("architecture").GetString());
        Assert.Equal(154_030_080, plan.GetProperty("parameters_embedding").GetInt64());
        Assert.Equal(918_554_112, plan.GetProperty("parameters_non_embedding").GetInt64());
        Assert.Equal(1_072_584_192, plan.GetProperty("parameters_total").GetInt64());
        Assert.Equal("22.3", (plan.GetProperty("flops_per_step_paper").GetDouble() / 1e15).ToString("F1", null));
        foreach (var convention in new[] { "paper", "exact", "6nd", "palm" })
            Assert.Equal(
                plan.GetProperty($"flops_per_token_{convention}").GetDouble() * 3_932_160,
                plan.GetProperty($"flops_per_step_{convention}").GetDouble(),
                1e6
            );
        // 32 layers, the one with LRPE twice
        Assert.Equal(4L * 33 * 1536 * 128, plan.GetProperty("state_bytes").GetInt64());
        Assert.Equal(0, plan.GetProperty("kv_cache_bytes").GetInt64());
        Assert.True(plan.GetProperty("training_memory_total").GetDouble() > 1_072_584_192 * 14.0);
        Assert.True(plan.GetProperty("inference_flops_per_token").GetDouble() > 2 * 918_554_112.0);
    }

    [Fact]
    public async Task A_value_that_is_set_changes_the_plan()
    {
        var plan = await Plan("--arch", "llama", "--size", "7b", "--json", "--set", "train.dtype=bf16");
        Assert.Equal(2L * 32 * 8192 * 4096 * 2, plan.GetProperty("kv_cache_bytes").GetInt64());
        var grouped = await Plan(
            "--arch",
            "llama",
            "--size",
            "7b",
            "--json",
            "--set",
            "train.dtype=bf16",
            "--set",
            "model.num_kv_heads=8"
        );
        Assert.Equal(2L * 32 * 8192 * 1024 * 2, grouped.GetProperty("kv_cache_bytes").GetInt64());
    }

    [Fact]
    public async Task Devices_divide_the_optimizer_and_send_gradients_and_parameters()
    {
        var one = await Plan("--arch", "tnl", "--size", "7b", "--json");
        var eight = await Plan("--arch", "tnl", "--size", "7b", "--json", "--devices", "8");
        double Of8(string name) => eight.GetProperty(name).GetDouble() / one.GetProperty(name).GetDouble();
        Assert.Equal(1 / 8.0, Of8("training_memory_moments"), 1e-6);
        Assert.Equal(1 / 8.0, Of8("training_memory_masters"), 1e-6);
        Assert.Equal(1, Of8("training_memory_weights"));
        Assert.Equal(1, Of8("training_memory_gradients"));
        var parameters = one.GetProperty("parameters_total").GetDouble();
        Assert.Equal(4 * parameters * 7 / 8, eight.GetProperty("sent_per_step_gradients").GetDouble(), 1);
        Assert.Equal(2 * parameters * 7 / 8, eight.GetProperty("sent_per_step_parameters").GetDouble(), 1e7);
        Assert.Equal(0, eight.GetProperty("sent_per_step_sequences").GetDouble());

        var whole = await Plan(
            "--arch",
            "tnl",
            "--size",
            "7b",
            "--json",
            "--devices",
            "8",
            "--set",
            "train.shard=none"
        );
        Assert.Equal(
            one.GetProperty("training_memory_moments").GetDouble(),
            whole.GetProperty("training_memory_moments").GetDouble()
        );
        Assert.Equal(8 * parameters * 7 / 8, whole.GetProperty("sent_per_step_total").GetDouble(), 1);
    }

    [Fact]
    public async Task Devices_that_share_sequences_send_states_of_one_size()
    {
        Task<JsonElement> Shared(string architecture, int length) =>
            Plan(
                "--arch",
                architecture,
                "--size",
                "1b",
                "--json",
                "--devices",
                "8",
                "--set",
                "train.sequence_parallel=8",
                "--set",
                $"data.seq_len={length}",
                "--set",
                $"train.batch_tokens={8 * length}"
            );
        var (shorter, longer) = (await Shared("tnl", 8192), await Shared("tnl", 65536));
        // 8 sequences, 7 others, forward twice and backward, fp32
        Assert.Equal(8.0 * 7 * 3 * 4 * 33 * 1536 * 128, shorter.GetProperty("sent_per_step_sequences").GetDouble());
        Assert.Equal(
            shorter.GetProperty("sent_per_step_sequences").GetDouble(),
            longer.GetProperty("sent_per_step_sequences").GetDouble()
        );
        Assert.Equal(
            8 * (await Shared("llama", 8192)).GetProperty("sent_per_step_sequences").GetDouble(),
            (await Shared("llama", 65536)).GetProperty("sent_per_step_sequences").GetDouble()
        );
    }

    [Fact]
    public async Task Devices_that_cannot_divide_a_step_are_refused()
    {
        var (exitCode, _, error) = await Lcs.RunAsync("plan", "--arch", "tnl", "--size", "7b", "--devices", "64");
        Assert.Equal(2, exitCode);
        Assert.StartsWith(
            "train.batch_tokens / data.seq_len (480 sequences) must be a multiple of 64, the processes",
            error,
            StringComparison.Ordinal
        );
        var (_, text, _) = await Lcs.RunAsync("plan", "--arch", "tnl", "--size", "7b", "--devices", "8");
        Assert.Contains("computing a step takes 51.91 s at 40 % of H100 80 GB, bf16", text, StringComparison.Ordinal);
        Assert.Contains("NVLink 4", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_has_a_line_a_figure()
    {
        var (code, output, _) = await Run("plan", "--arch", "hgrn2", "--size", "70m");
        Assert.Equal(0, code);
        Assert.Contains(
            "  parameters_non_embedding                           20,450,304 parameters\n",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_budget_is_spent_where_the_law_s_closed_form_says()
    {
        var plan = await Plan("--budget", "5.76e23", "--law", "epoch2024", "--json");
        var (a, b, alpha, beta) = (482.01, 2085.43, 0.3478, 0.3658);
        // arXiv 2203.15556, eq. 4
        var n = Math.Pow(alpha * a / (beta * b), 1 / (alpha + beta)) * Math.Pow(5.76e23 / 6, beta / (alpha + beta));
        Assert.Equal(n, plan.GetProperty("n").GetDouble(), n * 1e-6);
        Assert.Equal(5.76e23 / 6 / n, plan.GetProperty("d").GetDouble(), 1e-6 * 5.76e23 / 6 / n);
    }

    [Theory]
    [InlineData("--law: needs --budget or --target-loss beside it", "--law", "epoch2024")]
    [InlineData("--budget: needs --law beside it", "--budget", "1e21")]
    [InlineData(
        "--budget and --arch: a plan is by a law or of a run; give one of them",
        "--budget",
        "1e21",
        "--law",
        "epoch2024",
        "--arch",
        "tnl",
        "--size",
        "1b"
    )]
    [InlineData(
        "--law: /nowhere/law.json: no such file; lcs fit writes law.json files",
        "--budget",
        "1e21",
        "--law",
        "/nowhere/law.json"
    )]
    [InlineData(
        "--law: no such file, and unknown published law 'epoch2023'; did you mean epoch2024?",
        "--budget",
        "1e21",
        "--law",
        "epoch2023"
    )]
    public async Task A_mistake_is_named(string message, params string[] args)
    {
        var (code, _, error) = await Run(["plan", .. args]);
        Assert.Equal(2, code);
        Assert.StartsWith(message, error.Replace("error: ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Plan(params string[] args)
    {
        var (code, output, error) = await Run(["plan", .. args]);
        Assert.Equal((0, ""), (code, error));
        return JsonDocument.Parse(output).RootElement;
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await App.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
