#!/usr/bin/env bash
# How much of src the tests run: lines covered, per project and together. Builds first; takes as long as the tests.
#
#   scripts/coverage.sh [DIR]      keeps the lcov files in DIR, TestResults/coverage by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
to="$(realpath -m "${1:-TestResults/coverage}")"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OMP_WAIT_POLICY=PASSIVE

dotnet build LinearScaling.sln -c Release --nologo -v quiet
rm -rf "$to"
# One after another: the build links one file into several output folders, and to count, coverlet rewrites it.
for project in tests/*.Tests; do
    dotnet test --project "$project" -c Release --no-build --results-directory "$to" --coverlet \
        --coverlet-output-format lcov --coverlet-include '[lcs]*' --coverlet-include '[LinearScaling.*]*' ||
        echo "tests failed: the figures below are too low" >&2
done

# A line that several test projects reach counts once.
find "$to" -name '*.info' -exec cat {} + | awk -F '[:,]' '
    /^SF:/ { file = $2; counts = file ~ /\/src\/LinearScaling\./ && file !~ /\/obj\// }
    /^DA:/ && counts { hits[file ":" $2] += $3 }
    END {
        for (line in hits) {
            project = line
            sub(/.*\/src\//, "", project)
            sub(/\/.*/, "", project)
            lines[project]++
            lines["all"]++
            if (hits[line] > 0) { covered[project]++; covered["all"]++ }
        }
        for (project in lines)
            printf "%-22s %6d of %6d lines  %5.1f %%\n", project, covered[project], lines[project],
                100 * covered[project] / lines[project]
    }' | sort
