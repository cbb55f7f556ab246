#!/bin/sh
# Every committed snapshot is looked at by a test, and none waits for review.
# Usage: snapshots.sh FILE, the list that insta writes to $INSTA_SNAPSHOT_REFERENCES_FILE during a whole `cargo test`.
set -eu
used=$(realpath "$1")
cd "$(dirname "$0")/.."
status=0

pending=$(find snapshots src tests -name '*.snap.new' -o -name '*.pending-snap' | sort)
if [ -n "$pending" ]; then
    printf 'waiting for `cargo insta review`:\n%s\n' "$pending" >&2
    status=1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Paths in the list may go through `..`.
sort -u "$used" | xargs -r -d '\n' realpath -m | sort -u >"$scratch/used"
find "$PWD/snapshots" "$PWD/src" "$PWD/tests" -name '*.snap' | sort >"$scratch/there"
unused=$(comm -13 "$scratch/used" "$scratch/there")
if [ -n "$unused" ]; then
    printf 'no test looks at these any more; delete them:\n%s\n' "$unused" >&2
    status=1
fi
[ "$status" != 0 ] || echo "snapshots: $(wc -l <"$scratch/there") there, each in use, none pending"
exit "$status"
