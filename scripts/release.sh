#!/usr/bin/env bash
# A self-contained lcs for linux-x64, which needs no .NET: lcs-VERSION-linux-x64.tar.xz and its SHA-256.
#
#   scripts/release.sh [DIR]      writes into DIR, artifacts by default
#
# LCS_BACKEND   cpu: with libtorch for the CPU (the default); external: without, LCS_LIBTORCH names one when lcs runs
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
to="$(realpath -m "${1:-$root/artifacts}")"
backend="${LCS_BACKEND:-cpu}"
project="$root/src/LinearScaling.Cli"
version="$(dotnet msbuild "$project" -getProperty:Version)"
name="lcs-$version-linux-x64"
[[ $backend == cpu ]] || name+="-$backend"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:Backend="$backend" -o "$work/$name" --nologo -v quiet
cp "$root"/{LICENSE,README.md,CHANGELOG.md,CITATION.cff} "$work/$name/"
"$work/$name/lcs" list > "$work/listed" # what does not start is not released

mkdir -p "$to"
tar -C "$work" --owner=0 --group=0 --numeric-owner --sort=name -cf - "$name" | xz -T0 > "$to/$name.tar.xz.tmp"
mv "$to/$name.tar.xz.tmp" "$to/$name.tar.xz"
(cd "$to" && sha256sum "$name.tar.xz" | tee "$name.tar.xz.sha256")
