#!/usr/bin/env bash
# What a machine with a GPU shows, in stages that each leave their result; a time-out keeps what came before.
#
#   scripts/gpu-check.sh bundle DIR   here: makes DIR, all that the other machine needs, at most 55 MiB
#   DIR/gpu-check.sh run              there: no .NET, but the libtorch of a PyTorch 2.10 or 2.11 with CUDA
#   scripts/gpu-check.sh all          both on this machine
#
# The results lie in OUT (DIR/out): a file a stage, and GPU.md, the page of all.
#
# LCS_LIBTORCH  the lib folder of the PyTorch to use; python3 is asked when it is not set
# LCS_DEVICE    cuda; cpu rehearses everything but the tests that need a GPU
# LCS_MINUTES   for all stages together, 8
# LCS_STAGES    symbols doctor ceilings tests losses operators kernels throughput profiles
# LCS_SIZES     of the throughput, 160m 1b
# LCS_LENGTHS   of its sequences, 2048 8192
# LCS_LONGEST   of the operators' sequences, 65536
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
architectures="tnl hgrn2 cosformer2 llama"
limit_kib=$((55 * 1024))

train() { # ARCHITECTURE TYPE DEVICE FOLDER: 20 steps from one seed on the text that lcs brings along
    "$lcs" train --arch "$1" --size nano-300k --steps 20 --set "train.dtype=$2" --set train.batch_tokens=4096 \
        --device "$3" --threads 2 --output "$4" > "$4.log" 2>&1
}

bundle() {
    local to project built runtime architecture size
    mkdir -p "$1/reference"
    to="$(cd "$1" && pwd)"
    rm -rf "$to/app"
    mkdir -p "$to/app/dotnet/host/fxr" "$to/app/dotnet/shared/Microsoft.NETCore.App"

    # The programs, without libtorch and what only debuggers and other systems need.
    for project in tests/LinearScaling.Benchmarks tests/LinearScaling.Torch.Tests src/LinearScaling.Cli; do
        dotnet build "$here/../$project" -c Release --nologo -v q
        built="$here/../$project/bin/Release/net10.0"
        find "$built" -maxdepth 1 -type f ! -name '*.pdb' ! -name '*.xml' -exec cp -t "$to/app" {} +
        find "$built/runtimes/linux-x64/native" -name 'lib*Sharp.so' -exec cp -t "$to/app" {} +
    done

    # The .NET that runs them.
    runtime="$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10[^ ]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)"
    cp -R "$runtime" "$to/app/dotnet/shared/Microsoft.NETCore.App/"
    cp -R "${runtime%/shared/*}/host/fxr/${runtime##*/}" "$to/app/dotnet/host/fxr/"

    lcs="$here/lcs"
    for architecture in $architectures; do
        rm -rf "$to/run"
        train "$architecture" fp32 cpu "$to/run"
        mv "$to/run/metrics.jsonl" "$to/reference/$architecture.jsonl"
    done
    rm -rf "$to/run" "$to/run.log"
    tar -C "$to/app" --sort=name --owner=0 --group=0 -cf - . | xz -2 -T0 > "$to/app.tar.xz"
    rm -rf "$to/app"
    cp "${BASH_SOURCE[0]}" "$to/"
    size="$(du -sk "$to" | cut -f1)"
    echo "$to: $((size / 1024)) MiB"
    ((size <= limit_kib)) || { echo "more than $((limit_kib / 1024)) MiB" >&2; exit 1; }
}

# A stage's limit is its own, or what is left of the time.
stage() { # NAME SECONDS TITLE COMMAND...
    local name="$1" seconds="$2" title="$3" status=0 began left
    shift 3
    [[ " $stages " == *" $name "* ]] || return 0
    began="$(date +%s)"
    left=$((deadline - began))
    ((seconds < left)) || seconds="$left"
    if ((seconds < 5)); then
        echo "no time was left" > "$out/$name.txt"
        status=124
    else
        timeout -k 5 "$seconds" bash -c '"$@"' stage "$@" > "$out/$name.txt" 2>&1 || status=$?
    fi
    {
        printf '\n## %s\n\n' "$title"
        case "$status" in
            0) ;;
            124 | 137) printf 'Cut off after %s s.\n\n' "$seconds" ;;
            *) printf 'Failed with status %s.\n\n' "$status" ;;
        esac
        if grep -q '^|' "$out/$name.txt"; then cat "$out/$name.txt"; else printf '```\n'; cat "$out/$name.txt"; printf '```\n'; fi
    } >> "$out/GPU.md"
    echo "$name: status $status, $(($(date +%s) - began)) s; $(grep -v '^$' "$out/$name.txt" | tail -n 1 | cut -c 1-120)"
}

losses() {
    local architecture type status=0
    echo "| architecture, type | steps | largest relative difference | bound | last loss, CPU | last loss here | within |"
    echo "|---|---:|---:|---:|---:|---:|---|"
    for architecture in $architectures; do
        for type in fp32:1e-4 bf16:2e-2; do
            rm -rf "$work/run"
            train "$architecture" "${type%:*}" "$device" "$work/run" || { tail -n 3 "$work/run.log"; status=1; continue; }
            "$benchmarks" losses "$architecture, ${type%:*}" "$here/reference/$architecture.jsonl" \
                "$work/run/metrics.jsonl" "${type#*:}" || status=1
        done
    done
    return "$status"
}

tests() {
    if [[ "$device" == cpu ]]; then echo "not run: a rehearsal on the CPU"; else "$work/app/LinearScaling.Torch.Tests" \
        -class '*CudaTests' -noColor | tail -n 25; fi
}

profiles() { # SIZE LENGTH: where the time of a step goes, by events on the device
    local architecture
    for architecture in $architectures; do
        rm -rf "$work/run"
        echo "$architecture, $1, 4 sequences of $2 tokens"
        "$lcs" train --arch "$architecture" --size "$1" --steps 4 --profile --device "$device" --output "$work/run" \
            --set "data.seq_len=$2" --set "train.batch_tokens=$((4 * $2))" --set train.micro_batch=4 \
            --set checkpoints.log_from=100000 > "$work/run.log" 2>&1 || { tail -n 3 "$work/run.log"; continue; }
        grep -E '^[0-9]+ steps of |^  .* ms +[0-9.]+ %' "$work/run.log"
        echo
    done
}

run() {
    out="${OUT:-$here/out}"
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$out" "$work/app"
    tar -C "$work/app" -xJf "$here/app.tar.xz"
    export DOTNET_ROOT="$work/app/dotnet"
    lcs="$work/app/lcs"
    benchmarks="$work/app/LinearScaling.Benchmarks"
    device="${LCS_DEVICE:-cuda}"
    stages="${LCS_STAGES:-symbols doctor ceilings tests losses operators kernels throughput profiles}"
    deadline=$(($(date +%s) + ${LCS_MINUTES:-8} * 60))
    : "${LCS_LIBTORCH:="$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')"}"
    export LCS_LIBTORCH here work lcs benchmarks device architectures
    export -f train losses tests profiles
    : "${LCS_SIZES:=160m 1b}" "${LCS_LENGTHS:=2048 8192}"
    local lengths=() length
    for length in $LCS_LENGTHS; do lengths+=(--seq-len "$length"); done

    printf '# On %s\n\nWritten by `scripts/gpu-check.sh`, %s.\n' "$device" "$(date -u +%F)" > "$out/GPU.md"
    stage symbols 30 "What TorchSharp's library asks of libtorch" "$benchmarks" symbols "$LCS_LIBTORCH"
    stage doctor 40 "The machine" "$lcs" doctor
    stage ceilings 40 "Ceilings" "$benchmarks" ceilings "$device"
    stage tests 90 "Tests that need a GPU" tests
    stage losses 120 "Losses of 20 steps beside the CPU's" losses
    stage operators 120 "Operators" "$benchmarks" operators "${LCS_LONGEST:-65536}" medium \
        softmax,tnl,hgrn2,cosformer2 "$device"
    stage kernels 120 "Operators in bf16, with kernels of our own and without" "$benchmarks" operators \
        "${LCS_LONGEST:-65536}" medium softmax,tnl,tnl-ops,hgrn2,hgrn2-ops,cosformer2,cosformer2-ops "$device" bf16
    # shellcheck disable=SC2086 # sizes are words
    stage throughput 180 "Throughput" "$benchmarks" throughput $LCS_SIZES --device "$device" "${lengths[@]}"
    stage profiles 100 "Where the time of a step goes" profiles "${LCS_SIZES%% *}" "${LCS_LENGTHS%% *}"
    echo "$out/GPU.md"
}

case "${1:-}" in
    bundle) bundle "${2:?scripts/gpu-check.sh bundle DIR}" ;;
    run) run ;;
    all)
        folder="$(mktemp -d)"
        bundle "$folder"
        OUT="${OUT:-$PWD/gpu-check}" "$folder/gpu-check.sh" run
        rm -rf "$folder"
        ;;
    *) sed -n '2,18p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
