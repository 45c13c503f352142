#!/usr/bin/env bash
# Makes a self-contained lcs for linux-x64, which needs no .NET: lcs-VERSION-linux-x64.tar.gz and its SHA-256.
# The same commit gives the same bytes, whichever folder it is built in.
#
#   scripts/release.sh [DIR]      writes into DIR, artifacts by default
#
# LCS_BACKEND   cpu: with libtorch for the CPU (the default)
#               external: without libtorch; LCS_LIBTORCH names the lib folder of a PyTorch installation when lcs runs
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
to="$(realpath -m "${1:-$root/artifacts}")"
backend="${LCS_BACKEND:-cpu}"
project="$root/src/LinearScaling.Cli"
name="lcs-$(dotnet msbuild "$project" -getProperty:Version)-linux-x64"
[[ $backend == cpu ]] || name+="-$backend"
# Dates in the archive are the commit's; outside a repository, the epoch.
date="@$(git -C "$root" log -1 --format=%ct 2> /dev/null || echo 0)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$work/$name" --nologo -v quiet \
    -p:Backend="$backend" -p:ContinuousIntegrationBuild=true -p:RestoreLockedMode=true
cp "$root"/{LICENSE,README.md,CHANGELOG.md,CITATION.cff} "$work/$name/"
"$work/$name/lcs" list > "$work/listed" # what does not start is not released

mkdir -p "$to"
tar -C "$work" --sort=name --mtime="$date" --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w -cf - "$name" \
    | gzip -n > "$to/$name.tar.gz.tmp"
mv "$to/$name.tar.gz.tmp" "$to/$name.tar.gz"
(cd "$to" && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
