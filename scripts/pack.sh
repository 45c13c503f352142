#!/usr/bin/env bash
# Packs lcs as a .NET tool, without libtorch: LCS_LIBTORCH names the lib folder of a PyTorch installation when it runs.
#
#   scripts/pack.sh [DIR]                                  writes DIR/lcs.VERSION.nupkg; DIR is artifacts by default
#   dotnet tool install lcs --global --source DIR          installs it
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
to="$(realpath -m "${1:-$root/artifacts}")"
dotnet pack "$root/src/LinearScaling.Cli" -c Release -p:PackAsTool=true -p:Backend=external \
    -p:ContinuousIntegrationBuild=true -p:RuntimeIdentifiers= -o "$to" --nologo -v quiet
ls -l "$to"/lcs.*.nupkg
