#!/usr/bin/env bash
# From a clone to scaling laws: trains four architectures at three small sizes on real English text, evaluates every
# checkpoint, fits a law to each and draws them. Run it again after an interruption: it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

exec scripts/lcs sweep configs/studies/quickstart.yaml --output "${1:-runs/quickstart}" # builds when needed
