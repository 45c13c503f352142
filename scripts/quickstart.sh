#!/usr/bin/env bash
# From a clone to scaling laws: trains four architectures at three small sizes on real English text, evaluates every
# checkpoint, fits a law to each and draws them. Run it again after an interruption: it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-runs/quickstart}
lcs=scripts/lcs
"$lcs" --version >/dev/null # builds when needed

# Smaller models see more tokens, so that the curves of neighbouring sizes cross and an envelope is there to fit.
declare -A tokens=([nano-1m]=400e3 [nano-300k]=700e3 [nano-100k]=1000e3)

# Two runs at a time on one thread each: on matrices this small, two threads on one run gain less.
for size in nano-1m nano-300k nano-100k; do # the longest first
    for arch in hgrn2 llama cosformer2 tnl; do
        echo --arch "$arch" --size "$size" --tokens "${tokens[$size]}" --output "$runs/$arch-$size" --threads 1
    done
done | xargs -P 2 -L 1 "$lcs" train

"$lcs" eval --checkpoints "$runs" --limit 64 # sequences: enough to rank models, minutes sooner than all of them
"$lcs" fit --metric val_loss --runs "$runs"
