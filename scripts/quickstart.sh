#!/usr/bin/env bash
# From a clone to scaling laws: trains four architectures at three small sizes on real English text, evaluates every
# checkpoint, fits a law to each and draws them. Run it again after an interruption: it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-runs/quickstart}
lcs=scripts/lcs
"$lcs" --version >/dev/null # builds when needed

# Two runs at a time on one thread each: on matrices this small, two threads on one run gain less.
jobs=2
train() {
    "$lcs" train --arch "$1" --size "$2" --output "$runs/$1-$2" --threads 1
}
export -f train
export lcs runs
for size in nano-1m nano-300k nano-100k; do # the longest first
    for arch in hgrn2 cosformer2 tnl llama; do
        echo "$arch $size"
    done
done | xargs -P "$jobs" -L 1 bash -c 'train "$0" "$1"'

"$lcs" eval --checkpoints "$runs" --limit 64 # sequences: enough to rank models, minutes sooner than all of them
"$lcs" fit --metric val_loss --runs "$runs"
