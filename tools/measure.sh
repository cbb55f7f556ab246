#!/usr/bin/env bash
# Measures what users wait for, and prints it as a page: `tools/measure.sh >docs/measurements/figures.md`.
# Medians mean something on an idle machine only; the load before the first measurement is printed with them.
set -euo pipefail
cd "$(dirname "$0")/.."

builds=${BUILDS:-3}  # clean builds, each a minute or two
times=${TIMES:-11}   # runs and starts
scratch=$(mktemp -d)
server=
clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

say() {
    printf '%s\n' "$*" >&2
}

# Milliseconds since some moment long ago.
now() {
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# Milliseconds that a command takes; its output goes to a file of the scratch folder.
clock() {
    local began
    began=$(now)
    "$@" >"$scratch/output" 2>&1 || {
        cat "$scratch/output" >&2
        return 1
    }
    echo $(($(now) - began))
}

# One row of the table, from milliseconds on standard input, a line each.
row() {
    local what=$1 budget=$2 unit=$3
    sort -n | awk -v what="$what" -v budget="$budget" -v unit="$unit" '
        function shown(ms) { return unit == "s" ? sprintf("%.1f s", ms / 1000) : sprintf("%d ms", ms) }
        { value[NR] = $1 }
        END {
            median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
            printf "| %s | %s | %s | %s … %s | %d |\n", what, budget, shown(median), shown(value[1]), shown(value[NR]), NR
        }'
}

clean_build() {
    rm -rf "$scratch/target"
    CARGO_TARGET_DIR=$scratch/target cargo build --locked --quiet
}

# From the start of the process to the last byte of its first answer.
first_answer() {
    local began address line
    rm -f "$scratch/first-line"
    mkfifo "$scratch/first-line"
    began=$(now)
    "$binary" serve --listen 127.0.0.1:0 >"$scratch/first-line" &
    server=$!
    read -r line <"$scratch/first-line"
    address=${line#listening http://}
    exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
    printf 'GET /health HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n\r\n' "$address" >&3
    read -r line <&3
    cat <&3 >/dev/null
    echo $(($(now) - began))
    exec 3>&-
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
    case $line in
    "HTTP/1.1 200"*) ;;
    *)
        say "GET /health: $line"
        return 1
        ;;
    esac
}

load=$(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)
cargo fetch --locked --quiet
for ((i = 1; i <= builds; i++)); do
    say "clean build $i of $builds"
    clock clean_build >>"$scratch/builds"
done
rm -rf "$scratch/target"

say "release build, not measured"
cargo build --locked --release --quiet
binary=${CARGO_TARGET_DIR:-target}/release/otp-conformance
for ((i = 1; i <= times; i++)); do
    clock "$binary" run --seed "$i" >>"$scratch/runs"
    first_answer >>"$scratch/starts"
done

cat <<PAGE
# Figures

What a user waits for. Written by \`tools/measure.sh >docs/measurements/figures.md\` on $(date -u +%Y-%m-%d), with
$(rustc --version | cut -d ' ' -f 1-2) on $(nproc) cores of $(uname -m), load before it (1, 5, 15 minutes): $load. A busy
machine gives larger figures, never smaller ones.

| what | aim | median | from … to | times |
|---|---|---|---|---|
PAGE
row "clean debug build, \`cargo build\`" "90 s" s <"$scratch/builds"
row "release, \`run\` against the embedded emulator" "3 s" ms <"$scratch/runs"
row "release, \`serve\` from start to its first answer" "300 ms" ms <"$scratch/starts"

printf '\n## The binary\n\n%s bytes; the aim is 20 MiB.\n\n## What is printed\n\n' "$(wc -c <"$binary")"
tools/output.py "$binary"
