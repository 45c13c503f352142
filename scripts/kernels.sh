#!/usr/bin/env bash
# The PTX of the CUDA kernels, by Debian's clang-19 (apt-get install clang-19); no CUDA is needed.
# scripts/kernels.sh             writes it beside its sources
# scripts/kernels.sh --check     fails where it is not what the sources give
# scripts/kernels.sh --sanitize  runs the kernels on the CPU under the address, undefined and thread sanitizers
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sources=src/LinearScaling.Torch/Kernels/Cuda/Sources
harness=tests/LinearScaling.Torch.Tests/Kernels/Cuda
made="$(mktemp -d)"
trap 'rm -rf "$made"' EXIT

if ! command -v clang++-19 > /dev/null; then
    echo "kernels.sh: clang++-19 is not installed (apt-get install clang-19): nothing done"
    exit 0
fi
compiler="// clang $(clang++-19 -dumpversion)" # another one may choose other instructions

# For compute capability 8.0; the driver compiles that on for its own GPU. For 9.0 clang writes the same text but for
# the name of the target.
compile() {
    echo "$compiler"
    clang++-19 -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 --cuda-feature=+ptx78 -nocudainc -nocudalib \
        -fcuda-short-ptr -mllvm --nvptx-short-ptr -std=c++20 -O3 -fno-strict-aliasing -Wall -Werror -S "$1" -o - \
        | sed -e 's/[[:space:]]*\/\/.*//' -e '/^[[:space:]]*$/d'
}

host() {
    clang++-19 -std=c++20 -O1 -g -fno-strict-aliasing -Wall -Werror -Wno-pass-failed -I"$sources" "$@"
}

case "${1:-}" in
    "")
        for source in "$sources"/*.cu; do
            compile "$source" > "$made/ptx"
            mv "$made/ptx" "${source%.cu}.ptx"
        done
        ;;
    --check)
        status=0
        for source in "$sources"/*.cu; do
            ptx="${source%.cu}.ptx"
            by="$(head -n 1 "$ptx")"
            if [[ "$by" != "$compiler" ]]; then
                echo "kernels.sh: $ptx is by ${by#// }, here is ${compiler#// }: not compared"
                continue
            fi
            compile "$source" > "$made/ptx"
            cmp -s "$made/ptx" "$ptx" || {
                echo "$ptx is not what $source gives; run scripts/kernels.sh"
                status=1
            }
        done
        exit "$status"
        ;;
    --sanitize)
        host -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            "$harness"/driver.cpp "$harness"/harness.cpp -o "$made/addresses"
        ASAN_OPTIONS=detect_leaks=0 "$made/addresses"
        host -DWATCH_THREADS -c "$harness"/harness.cpp -o "$made/harness.o"
        host -fsanitize=thread "$harness"/driver.cpp "$made/harness.o" -o "$made/threads"
        TSAN_OPTIONS=halt_on_error=1 "$made/threads"
        ;;
    *)
        echo "usage: scripts/kernels.sh [--check | --sanitize]" >&2
        exit 2
        ;;
esac
