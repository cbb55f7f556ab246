#!/bin/sh
# Do the official Python and Node SDKs, as released, work against `otp-conformance serve`, and what does the proxy say of
# them? Each goes through two lanes: its flow, recorded and judged, and every hostile answer, one by one.
# They are installed into a scratch folder that is removed again; servers get free ports on loopback.
#
#   --write   write docs/sdks.md anew instead of comparing it with what was seen
set -eu
cd "$(dirname "$0")/.."

# A machine without Python or Node may skip its SDK; a CI run may not.
missing() {
    echo "$1: skipped, there is no $2" >&2
    [ -z "${CI:-}" ] || exit 1
}

binary=${OTP_CONFORMANCE:-}
if [ -z "$binary" ]; then
    cargo build --quiet --bin otp-conformance
    binary=${CARGO_TARGET_DIR:-target}/debug/otp-conformance
fi

scratch=$(mktemp -d)
server=
clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

DESCOPE_PROJECT_ID=P2OTPConformanceSdkFlows0001 # 28 characters: fewer or more mean other things to some SDKs
DESCOPE_MANAGEMENT_KEY=K2OTPConformanceSdkFlows
export DESCOPE_PROJECT_ID DESCOPE_MANAGEMENT_KEY
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

OTP_MANAGEMENT_KEY=$DESCOPE_MANAGEMENT_KEY "$binary" serve --listen 127.0.0.1:0 --project-id "$DESCOPE_PROJECT_ID" \
    >"$scratch/server.out" 2>"$scratch/server.err" &
server=$!
tries=0
until address=$(sed -n '1s/^listening //p' "$scratch/server.out") && [ -n "$address" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "sdks: \`$binary serve\` did not start" >&2
        cat "$scratch/server.err" >&2
        exit 1
    fi
    sleep 0.1
done

# Both lanes of one SDK: name, flow command, driver command.
lanes() {
    name=$1 flow=$2 driver=$3
    # shellcheck disable=SC2086 # commands are words
    OTP_MANAGEMENT_KEY=$DESCOPE_MANAGEMENT_KEY "$binary" proxy --target "$address" --codes emulator \
        --project-id "$DESCOPE_PROJECT_ID" -- $flow
    # shellcheck disable=SC2086
    "$binary" proxy --hostile --deviations "sdks/$name/deviations.toml" --json "$scratch/$name.json" -- $driver
    summaries="$summaries $name=$scratch/$name.json"
}
summaries=

if python3 -c "import ensurepip, venv" 2>/dev/null; then
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check -r sdks/python/requirements.txt
    lanes python "$scratch/venv/bin/python sdks/python/flow.py" "$scratch/venv/bin/python sdks/python/driver.py"
else
    missing python "python3 with venv (Debian: apt-get install python3-venv)"
fi

if command -v node >/dev/null && command -v npm >/dev/null; then
    mkdir "$scratch/node"
    cp sdks/node/*.json sdks/node/*.mjs "$scratch/node/" # modules are looked up beside the file that imports them
    npm install --prefix "$scratch/node" --silent --no-audit --no-fund --ignore-scripts
    lanes node "node $scratch/node/flow.mjs" "node $scratch/node/driver.mjs"
else
    missing node "node with npm"
fi

# The table holds every SDK or none: with one of them skipped there is nothing to compare.
case $summaries in
*python=*node=*)
    # shellcheck disable=SC2086
    python3 sdks/table.py $summaries >"$scratch/sdks.md"
    if [ "${1:-}" = --write ]; then
        cp "$scratch/sdks.md" docs/sdks.md
    elif ! diff -u docs/sdks.md "$scratch/sdks.md"; then
        echo "sdks: the SDKs do otherwise than docs/sdks.md says; look at the difference, then run .ci/sdks.sh --write" >&2
        exit 1
    fi
    ;;
esac
