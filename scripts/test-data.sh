#!/usr/bin/env bash
# The published data that some tests compare with; without it they are skipped. The table is tests/data.tsv.
#
#   scripts/test-data.sh                 lists it: path, source, licence, checksum, tests
#   scripts/test-data.sh DIR [PREFIX]    fetches what DIR lacks (only paths that begin with PREFIX), and checks it
#   LCS_TEST_DATA=DIR scripts/check.sh   runs the tests on it; ../shared/data by default
#
# LCS_TEST_DATA_MIRROR   where files are fetched from, https://raw.githubusercontent.com by default:
#                        MIRROR/OWNER/REPOSITORY/COMMIT/PATH
set -euo pipefail
table="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/tests/data.tsv"
mirror="${LCS_TEST_DATA_MIRROR:-https://raw.githubusercontent.com}"

rows() { # separated by a character that, unlike a tab, does not swallow empty columns
    grep -v -e '^#' -e $'^path\t' "$table" | tr '\t' '|'
}

if [[ $# == 0 ]]; then
    while IFS='|' read -r path repository commit there sha256 licence tests; do
        printf '%s\n    %s@%s %s\n    %s; sha256 %s; %s\n' \
            "$path" "$repository" "$commit" "$there" "$licence" "${sha256:-not recorded}" "$tests"
    done < <(rows)
    exit
fi

to="$(realpath -m "$1")" prefix="${2:-}"
present=0 fetched=0 failed=0 by_hand=()
while IFS='|' read -r path repository commit there sha256 _ tests; do
    [[ $path == "$prefix"* ]] || continue
    if [[ -f $to/$path ]] && sha256sum --check --status <<< "$sha256  $to/$path"; then
        present=$((present + 1))
    elif [[ $there == made\ from* || $repository == *:* ]]; then
        by_hand+=("$path ($tests): $repository@$commit, $there")
    else
        mkdir -p "$(dirname "$to/$path")"
        url="$mirror/$repository/$commit/${there// /%20}"
        if ! curl -fsSL --retry 3 -o "$to/$path.tmp" "$url"; then
            echo "not fetched: $url" >&2
            failed=$((failed + 1))
        elif ! sha256sum --check --status <<< "$sha256  $to/$path.tmp"; then
            echo "not what the table says, left out: $url" >&2
            failed=$((failed + 1))
        else
            mv "$to/$path.tmp" "$to/$path"
            fetched=$((fetched + 1))
        fi
        rm -f "$to/$path.tmp"
    fi
done < <(rows)

[[ ${#by_hand[@]} == 0 ]] || printf 'to be made by hand: %s\n' "${by_hand[@]}"
echo "$present present, $fetched fetched, $failed failed, ${#by_hand[@]} to be made by hand"
[[ $failed == 0 ]]
