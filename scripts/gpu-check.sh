#!/usr/bin/env bash
# What a machine with a GPU shows: the tests that need one, the operators' times and a table of training throughput.
#
#   scripts/gpu-check.sh publish DIR        here: makes DIR, self-contained, to be copied to a machine without .NET
#   DIR/gpu-check.sh run                    there: needs a PyTorch 2.10 with CUDA; writes DIR/GPU.md
#   scripts/gpu-check.sh all                both on this machine; the table goes to the benchmarks' folder
#
# LCS_LIBTORCH  the lib folder of the PyTorch to use; python3 is asked when it is not set; "": the published libtorch
# LCS_DEVICE    cuda; cpu rehearses everything but the GPU tests
# LCS_SIZES     70m 160m 410m 1b 3b
# LCS_LENGTHS   2048 8192
# LCS_LONGEST   the operators' longest sequence, 32768
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
device="${LCS_DEVICE:-cuda}"

publish() {
    local to="$1" backend="${LCS_BACKEND:-external}" project
    mkdir -p "$to"
    for project in src/LinearScaling.Cli tests/LinearScaling.Benchmarks tests/LinearScaling.Torch.Tests; do
        dotnet publish "$here/../$project" -c Release -r linux-x64 --self-contained -p:Backend="$backend" \
            -o "$to/$(basename "$project")" --nologo -v q
    done
    cp "${BASH_SOURCE[0]}" "$to/gpu-check.sh"
}

run() {
    local from="$1" report="$2"
    if [ -z "${LCS_LIBTORCH+set}" ]; then
        LCS_LIBTORCH="$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')"
    fi
    export LCS_LIBTORCH
    local lcs="$from/LinearScaling.Cli/lcs"
    local benchmarks="$from/LinearScaling.Benchmarks/LinearScaling.Benchmarks"
    local tests="$from/LinearScaling.Torch.Tests/LinearScaling.Torch.Tests"
    local lengths=() length
    for length in ${LCS_LENGTHS:-2048 8192}; do lengths+=(--seq-len "$length"); done

    {
        echo "# On ${device}"
        echo
        echo "Written by \`scripts/gpu-check.sh\`."
        echo
        echo '```'
        "$lcs" doctor
        echo '```'
        echo
        echo "## Tests that need a GPU"
        echo
        echo '```'
        if [ "$device" = cpu ]; then
            echo "not run: rehearsal on the CPU"
        else
            "$tests" -class '*CudaTests' -noColor | tail -n 3
        fi
        echo '```'
        echo
        echo "## Operators"
        echo
        "$benchmarks" operators "${LCS_LONGEST:-32768}" medium softmax,tnl,hgrn2,cosformer2 "$device"
        echo
        echo "## Throughput"
        echo
        # shellcheck disable=SC2086 # sizes are words
        "$benchmarks" throughput ${LCS_SIZES:-70m 160m 410m 1b 3b} --device "$device" "${lengths[@]}"
    } | tee "$report.tmp"
    mv "$report.tmp" "$report"
}

case "${1:-}" in
    publish) publish "${2:?scripts/gpu-check.sh publish DIR}" ;;
    run) run "$here" "$here/GPU.md" ;;
    all)
        folder="$(mktemp -d)"
        trap 'rm -rf "$folder"' EXIT
        publish "$folder"
        run "$folder" "${LCS_REPORT:-$here/../tests/LinearScaling.Benchmarks/GPU.md}"
        ;;
    *) sed -n '2,12p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
