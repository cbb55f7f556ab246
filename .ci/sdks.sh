#!/bin/sh
# What do the proxy and `serve` say of the official SDKs, as released? The newest Python and Node SDKs go through three lanes,
# their flow and a flow by every delivery method, recorded and judged, and every hostile answer, one by one; older releases, which people still run, through their
# flow and a part of the answers; the JavaScript core and the browser SDK through every answer, and the browser SDK through
# both lanes in headless Chromium.
# They are installed into a scratch folder that is removed again; servers get free ports on loopback.
#
#   --write   write docs/measurements/sdks.md anew instead of comparing it with what was seen
set -eu
cd "$(dirname "$0")/.."

# A machine without Python or Node may skip its SDKs; a CI run may not.
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
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# Known deviations of a release, if it has any: sdks/NAME/deviations[-VERSION].toml.
known() {
    if [ -f "$1" ]; then echo "--deviations $1"; fi
}

# The flow of an SDK, recorded and judged: name, file of deviations, command.
flow() {
    name=$1 listed=$2
    shift 2
    echo "--- $name: flow"
    # What is known of hostile answers names no trial of a flow: an entry for all trials, `id = "**"`, counts here.
    grep -q '^id = "\*\*"' "$listed" 2>/dev/null || listed=
    # shellcheck disable=SC2046 # a flag and its value
    "$binary" proxy --require signup-in-sms,verify-sms,refresh,me,logout $(known "$listed") -- "$@" |
        sed -n '/^broken/,$p; /^client /p; /^operations /p; /^verdict/p' | tee "$scratch/last"
    grep -q '^verdict: pass' "$scratch/last"
}

# By every method that an SDK knows: its name, what must be called, command.
methods() {
    name=$1 required=$2
    shift 2
    echo "--- $name: by every method"
    "$binary" proxy --require "$required" -- "$@" |
        sed -n '/^broken/,$p; /^client /p; /^operations /p; /^verdict/p' | tee "$scratch/last"
    grep -q '^verdict: pass' "$scratch/last"
}
by_methods=signup-email,verify-email,update-email,signup-voice,verify-voice,update-phone-voice,signup-whatsapp,verify-whatsapp

# Hostile answers, one by one: name, file of deviations, summary, cases, command.
hostile() {
    name=$1 file=$2 summary=$3 cases=$4
    shift 4
    echo "--- $name: hostile answers"
    # shellcheck disable=SC2046,SC2086 # flags and their values
    "$binary" proxy --hostile --jobs "${jobs:-8}" $(known "$file") --json "$summary" $cases -- "$@"
}

# What a release is asked where not everything is: one of each kind.
part="--case errors::wrong-code --case unknown-members --case shape:: --case tokens::alg-none --case tokens::wrong-signature
    --case tokens::expired-for-a-minute --case wire::redirect --case limits::429-with-retry-after"
# What a page is asked: it validates nothing.
in_page="--case errors::wrong-code --case unknown-members --case shape:: --case wire::redirect --case limits::429-with-retry-after"
summaries=

if python3 -c "import ensurepip, venv" 2>/dev/null; then
    for version in 2.16.1 2.5.0 1.7.14 0.9.1; do
        python3 -m venv "$scratch/venv"
        python=$scratch/venv/bin/python
        "$python" -m pip install --quiet --disable-pip-version-check "descope==$version"
        case $version in
        2.16.1)
            flow "python $version" sdks/python/deviations.toml "$python" sdks/python/flow.py
            methods "python $version" $by_methods "$python" sdks/python/methods.py
            hostile "python $version" sdks/python/deviations.toml "$scratch/python.json" "" "$python" sdks/python/driver.py
            summaries="$summaries python=$scratch/python.json"
            ;;
        *)
            file=sdks/python/deviations-$version.toml
            # What the oldest returns is of another form than the flow looks at; its driver looks at less.
            [ "$version" = 0.9.1 ] || flow "python $version" "$file" "$python" sdks/python/flow.py --login-only
            hostile "python $version" "$file" "$scratch/part.json" "$part" "$python" sdks/python/driver.py
            ;;
        esac
        rm -rf "$scratch/venv"
    done
else
    missing python "python3 with venv (Debian: apt-get install python3-venv)"
fi

# A folder with these packages in it. Modules are looked up beside the file that imports them.
packages() {
    rm -rf "$scratch/node"
    mkdir "$scratch/node"
    cp sdks/node/*.json sdks/node/*.mjs "$scratch/node/"
    cp sdks/core-js/driver.mjs "$scratch/node/core.mjs"
    npm install --prefix "$scratch/node" --silent --no-audit --no-fund --ignore-scripts --save-exact "$@"
}

if command -v node >/dev/null && command -v npm >/dev/null; then
    for version in 2.13.0 2.2.1 1.7.2 1.1.1; do
        packages "@descope/node-sdk@$version"
        case $version in
        2.13.0)
            flow "node $version" sdks/node/deviations.toml node "$scratch/node/flow.mjs"
            methods "node $version" $by_methods,signup-im,verify-im node "$scratch/node/methods.mjs"
            hostile "node $version" sdks/node/deviations.toml "$scratch/node.json" "" node "$scratch/node/driver.mjs"
            summaries="$summaries node=$scratch/node.json"
            ;;
        *)
            file=sdks/node/deviations-$version.toml
            flow "node $version" "$file" node "$scratch/node/flow.mjs" --login-only
            hostile "node $version" "$file" "$scratch/part.json" "$part" node "$scratch/node/driver.mjs"
            ;;
        esac
    done
    packages @descope/core-js-sdk@2.71.0 @descope/web-js-sdk@1.53.0
    for name in core-js-sdk web-js-sdk; do
        DESCOPE_SDK=@descope/$name hostile "$name" sdks/core-js/deviations.toml "$scratch/$name.json" "" \
            node "$scratch/node/core.mjs"
        summaries="$summaries $name=$scratch/$name.json"
    done
else
    missing node "node with npm"
fi

# The browser SDK where it lives: in a page of another origin, by the browser's own rules.
if [ -n "${CI:-}" ] && ! command -v chromium >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
if command -v chromium >/dev/null && command -v npm >/dev/null; then
    packages @descope/web-js-sdk@1.53.0 playwright-core@1.65.1
    cp sdks/core-js/browser.mjs "$scratch/node/browser.mjs"
    CHROMIUM=$(command -v chromium)
    export CHROMIUM
    flow "web-js in Chromium" sdks/core-js/deviations.toml node "$scratch/node/browser.mjs" --flow
    jobs=2 # each is a browser
    hostile "web-js in Chromium" sdks/core-js/deviations.toml "$scratch/part.json" "$in_page" node "$scratch/node/browser.mjs"
else
    missing chromium "chromium with npm (Debian: apt-get install chromium)"
fi

# The table holds every SDK or none: with one of them skipped there is nothing to compare.
case $summaries in
*python=*node=*)
    # shellcheck disable=SC2086
    python3 sdks/table.py $summaries >"$scratch/sdks.md"
    if [ "${1:-}" = --write ]; then
        cp "$scratch/sdks.md" docs/measurements/sdks.md
    elif ! diff -u docs/measurements/sdks.md "$scratch/sdks.md"; then
        echo "sdks: the SDKs do otherwise than docs/measurements/sdks.md says; look at the difference, then run .ci/sdks.sh --write" >&2
        exit 1
    fi
    ;;
esac
