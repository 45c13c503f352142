#!/usr/bin/env bash
# Format, build with warnings as errors, tests. The last line is the count: N passed, N failed, N skipped
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tests compute with tiny tensors on one thread each; idle OpenMP threads must not spin beside them.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OMP_WAIT_POLICY=PASSIVE

dotnet tool restore
dotnet csharpier check src tests
dotnet build LinearScaling.sln -c Release --nologo

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
dotnet test --solution LinearScaling.sln -c Release --no-build | tee "$log" || status=$?
awk '/^  failed: /{f = $2} /^  succeeded: /{p = $2} /^  skipped: /{s = $2} END {print p + 0 " passed, " f + 0 " failed, " s + 0 " skipped"}' "$log"
exit "$status"
