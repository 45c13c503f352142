using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Processes;
using LinearScaling.Cli.Progress;
using LinearScaling.Files;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs doctor</c>: what this machine offers to lcs.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var json = CliOptions.Json();
        var command = new Command("doctor", "Say what this machine offers: libtorch, devices, precision, memory, disk.")
        {
            json,
        };
        command.SetAction(
            (parse, _) =>
            {
                var findings = Findings();
                var output = parse.InvocationConfiguration.Output;
                if (parse.GetValue(json))
                    output.WriteLine(
                        JsonSerializer.Serialize(findings.ToDictionary(f => f.Key, f => f.Value), Indented)
                    );
                else
                    foreach (var (key, value, text) in findings)
                        output.WriteLine($"{key.Replace('_', ' '), -17} {text ?? value}");
                return 0;
            }
        );
        return command;
    }

    /// <summary>Each finding's key and value, and how it reads where that differs.</summary>
    private static List<(string Key, object Value, string? Text)> Findings()
    {
        var torch = LibTorch.Load();
        var cudaDevices = CudaDriver.Devices();
        var cpuHasBf16 = CpuFeatures.HasBf16();
        var disk = new DriveInfo(Directory.GetCurrentDirectory());
        var memory = HostMemory.Available();
        return
        [
            ("lcs", Versions.Program, null),
            ("dotnet", RuntimeInformation.FrameworkDescription, null),
            ("system", RuntimeInformation.OSDescription, null),
            ("cpu", CpuFeatures.Model(), $"{CpuFeatures.Model()}, {Environment.ProcessorCount} cores"),
            ("cores", Environment.ProcessorCount, null),
            (
                "cpu_bf16",
                cpuHasBf16,
                cpuHasBf16 ? "yes: dtype auto means bf16 on the CPU" : "no: dtype auto means fp32 on the CPU"
            ),
            ("libtorch", torch.Path, null),
            ("libtorch_version", torch.Version, null),
            .. Symbols(),
            .. torch.Patches.Select(p =>
                (p.Name, (object)new { state = Word(p.State), why = p.Why }, (string?)$"{Word(p.State)}: {p.Why}")
            ),
            ("threads", torch.Threads, null),
            (
                "cuda",
                cudaDevices,
                cudaDevices.Count == 0 ? "none" : string.Join("; ", cudaDevices.Select((name, i) => $"cuda:{i} {name}"))
            ),
            .. Together(),
            ("memory_free", memory, Units.Bytes(memory)),
            ("cache", CacheDirectory.Root, null),
            (
                "disk_free",
                disk.AvailableFreeSpace,
                $"{Units.Bytes(disk.AvailableFreeSpace)} at {Directory.GetCurrentDirectory()}"
            ),
        ];
    }

    /// <summary>What TorchSharp's library asks of libtorch.</summary>
    private static List<(string Key, object Value, string? Text)> Symbols()
    {
        if (!OperatingSystem.IsLinux())
            return [];
        var symbols = LibTorchSymbols.Compare(Environment.GetEnvironmentVariable(LibTorch.FolderVariable));
        return
        [
            (
                "libtorch_symbols",
                new { asked = symbols.Asked, lacking = symbols.Lacking },
                symbols.Lacking.Count == 0
                    ? $"all {symbols.Asked:N0} that are asked for"
                    : $"{symbols.Lacking.Count:N0} of {symbols.Asked:N0} are not there: "
                        + string.Join(", ", symbols.Lacking)
            ),
        ];
    }

    /// <summary>What several processes of a run would use.</summary>
    private static List<(string Key, object Value, string? Text)> Together()
    {
        var mpi = Installed.Mpi();
        var launcher = MpiLauncher.Find();
        var nccl = Installed.Nccl();
        var place = RankPlace.Find(Environment.GetEnvironmentVariable);
        var links = Installed.Links();
        return
        [
            (
                "mpi",
                mpi.Select(m => new { library = m.Library, version = m.Version }),
                mpi.Count == 0
                    ? "none: several processes on CPUs need MPICH or Open MPI"
                    : string.Join("; ", mpi.Select(m => $"{m.Version} ({m.Library})"))
            ),
            ("mpi_launcher", launcher?.Path ?? "", launcher?.Path ?? "none on the PATH: --devices on CPUs needs one"),
            ("nccl", nccl ?? "", nccl ?? "none: several GPUs need it"),
            ("links", links, links.Count == 0 ? "no InfiniBand" : string.Join("; ", links)),
            (
                "launched_by",
                place.Launcher.Words(),
                place.Launcher == Launcher.None
                    ? "nobody: a process of its own"
                    : $"{place.Launcher.Words()}: rank {place.Rank} of {place.Size}, {place.LocalRank} of "
                        + $"{place.LocalSize} on this machine"
            ),
        ];
    }

    private static string Word(PatchState state) =>
        state switch
        {
            PatchState.On => "on",
            PatchState.Off => "off",
            _ => "not possible here",
        };
}
