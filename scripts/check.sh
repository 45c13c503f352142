#!/usr/bin/env bash
# Format, build with warnings as errors, tests. The last line is the count: N passed, N failed, N skipped
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tests compute with tiny tensors on one thread each; idle OpenMP threads must not spin beside them.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OMP_WAIT_POLICY=PASSIVE

dotnet tool restore
dotnet csharpier check src tests
dotnet restore LinearScaling.sln --locked-mode
dotnet build LinearScaling.sln -c Release --no-restore --nologo

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
dotnet test --solution LinearScaling.sln -c Release --no-build | tee "$log" || status=$?
awk '
    /^  succeeded: / { passed = $2 }
    /^  failed: / { failed = $2 }
    /^  skipped: / { skipped = $2 }
    END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped" }
' "$log"
exit "$status"
