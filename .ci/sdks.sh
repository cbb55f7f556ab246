#!/bin/sh
# What do the proxy and `serve` say of the official SDKs, as released? The newest Python and Node SDKs go through three lanes,
# their flow and a flow by every delivery method, recorded and judged, and every hostile answer, one by one; older releases, which people still run, through their
# flow and a part of the answers; the JavaScript core and the browser SDK through every answer, the SDKs for Django and Next.js
# through their flows, and those of the browser and of React through both lanes in headless Chromium. Last, a sample of the
# table of suites and variants is played again.
# They are installed into a scratch folder that is removed again; servers get free ports on loopback. SDKs of one language
# come one after another, and languages at once: most of the time is spent in waits that clients keep.
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
# Some commands run in other folders.
binary=$(realpath "$binary")

scratch=$(mktemp -d)
running=
# shellcheck disable=SC2086 # one word each
trap '[ -z "$running" ] || kill $running 2>/dev/null || :; rm -rf "$scratch"' EXIT
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
    last=$(mktemp -p "$scratch")
    # shellcheck disable=SC2046 # a flag and its value
    "$binary" proxy --require "${required:-signup-in-sms,verify-sms,refresh,me,logout}" $(known "$listed") -- "$@" |
        sed -n '/^broken/,$p; /^client /p; /^operations /p; /^verdict/p' | tee "$last"
    grep -q '^verdict: pass' "$last"
}

# What docs/sdk-teams.md shows for test runners: trials bear the names of their tests. Command.
marked() {
    "$binary" proxy --junit "$scratch/marked.xml" -- "$@" >"$scratch/marked.log" 2>&1
    names=$(sed -n 's/.*<testcase name="proxy::\(.*\)::client" .*/\1/p' "$scratch/marked.xml")
    echo "$names"
    echo "$names" | grep -q '^\(sdks/python/\)\{0,1\}test_otp.py::OtpOfTestUsers::test_update_phone$\|^otp.test.mjs &gt; codes by SMS &gt; a code logs in$'
}

# Hostile answers, one by one: name, file of deviations, summary, cases, command.
hostile() {
    name=$1 file=$2 summary=$3 cases=$4
    shift 4
    echo "--- $name: hostile answers"
    # shellcheck disable=SC2046,SC2086 # flags and their values
    "$binary" proxy --hostile --jobs "${jobs:-6}" $(known "$file") --json "$summary" $cases -- "$@"
}

# What a flow by every method calls.
by_methods=signup-email,verify-email,update-email,signup-voice,verify-voice,update-phone-voice,signup-whatsapp,verify-whatsapp

# What is asked by methods other than SMS: one of each kind, and an update.
by_method="--case errors::wrong-code --case shape:: --case unknown-members-at- --case limits::429-with-retry-after"

# What a release is asked where not everything is: one of each kind.
part="--case errors::wrong-code --case unknown-members --case shape:: --case tokens::alg-none --case tokens::wrong-signature
    --case tokens::expired-for-a-minute --case wire::redirect --case limits::429-with-retry-after"
# What a page is asked: it validates nothing.
in_page="--case errors::wrong-code --case unknown-members-in --case shape:: --case wire::redirect --case limits::429-with-retry-after"

# A folder with these packages of Python in it: name, packages.
venv() {
    folder=$scratch/$1
    shift
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

python_sdks() {
    for version in 2.16.1 2.5.0 1.7.14 0.9.1; do
        venv "python-$version" "descope==$version" pytest
        python=$scratch/python-$version/bin/python
        case $version in
        2.16.1)
            flow "python $version" sdks/python/deviations.toml "$python" sdks/python/flow.py
            required=verify-sms,signin-sms,update-phone-sms,refresh,me,logout
            flow "python $version, end-to-end tests" sdks/python/deviations.toml "$python" -m pytest -q -p no:cacheprovider sdks/python/test_otp.py
            marked "$python" -m pytest -q -p no:cacheprovider sdks/python/test_otp.py -k test_update_phone
            required=$by_methods
            flow "python $version, by every method" "" "$python" sdks/python/methods.py
            required=
            hostile "python $version" sdks/python/deviations.toml "$scratch/python.json" "" "$python" sdks/python/driver.py
            hostile "python $version by every other method" sdks/python/deviations.toml "$scratch/part-of-python.json" \
                "--methods email,voice,whatsapp $by_method" "$python" sdks/python/driver.py
            ;;
        *)
            file=sdks/python/deviations-$version.toml
            # What the oldest returns is of another form than the flow looks at; its driver looks at less.
            [ "$version" = 0.9.1 ] || flow "python $version" "$file" "$python" sdks/python/flow.py --login-only
            hostile "python $version" "$file" "$scratch/part-of-python.json" "$part" "$python" sdks/python/driver.py
            ;;
        esac
    done
    releases
}

# What docs/sdk-teams.md says of two releases: their hostile recordings compared.
releases() {
    echo "--- from release to release"
    for version in 2.5.0 2.16.1; do
        "$binary" proxy --hostile --case limits:: --record "$scratch/$version.ndjson" -- \
            "$scratch/python-$version/bin/python" sdks/python/driver.py | tail -n 1
    done
    "$binary" compare "$scratch/2.5.0.ndjson" "$scratch/2.16.1.ndjson"
}

# The workflow that `init sdk` writes: its step by its own words, where `npm test` is the flow of an SDK.
workflow() {
    echo "--- the workflow of init sdk"
    mkdir -p "$scratch/bin"
    cp "$binary" "$scratch/bin/otp-conformance"
    (
        cd "$folder"
        PATH=$scratch/bin:$PATH
        otp-conformance init sdk
        npm pkg set scripts.test="node flow.mjs"
        step=$(sed -n '/run: >$/,/-- npm test$/p' .github/workflows/otp-conformance.yml | tail -n +2 | tr '\n' ' ')
        GITHUB_STEP_SUMMARY=$folder/summary.md sh -c "$step" | grep '^verdict: pass'
        [ -s summary.md ] && [ -s junit.xml ] && [ -s run.ndjson ]
    )
}

# A folder with these packages and all our programs in it: name, packages. Modules are looked up beside the file that imports them.
packages() {
    folder=$scratch/$1
    shift
    mkdir "$folder"
    cp sdks/node/*.json sdks/node/*.mjs sdks/core-js/browser.mjs sdks/react/page.mjs "$folder/"
    cp sdks/nextjs/flow.mjs "$folder/nextjs.mjs"
    npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts --save-exact "$@"
}

node_sdks() {
    for version in 2.13.0 2.2.1 1.7.2 1.1.1; do
        packages "node-$version" "@descope/node-sdk@$version"
        case $version in
        2.13.0)
            flow "node $version" sdks/node/deviations.toml node "$folder/flow.mjs"
            workflow
            npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts --save-exact vitest@3
            (cd "$folder" && marked npx vitest run)
            required=$by_methods,signup-im,verify-im
            flow "node $version, by every method" "" node "$folder/methods.mjs"
            required=
            hostile "node $version" sdks/node/deviations.toml "$scratch/node.json" "" node "$folder/driver.mjs"
            hostile "node $version by every other method" sdks/node/deviations.toml "$scratch/part-of-node.json" \
                "--methods email,voice,im,whatsapp $by_method" node "$folder/driver.mjs"
            ;;
        *)
            file=sdks/node/deviations-$version.toml
            flow "node $version" "$file" node "$folder/flow.mjs" --login-only
            hostile "node $version" "$file" "$scratch/part-of-node.json" "$part" node "$folder/driver.mjs"
            ;;
        esac
    done
}

core_sdks() {
    packages core @descope/core-js-sdk@2.71.0 @descope/web-js-sdk@1.53.0
    for name in core-js-sdk web-js-sdk; do
        DESCOPE_SDK=@descope/$name hostile "$name" sdks/core-js/deviations.toml "$scratch/$name.json" "" node "$folder/driver.mjs"
    done
}

# SDKs of frameworks: each flow ends in the framework's own hands.
framework_sdks() {
    venv django django-descope==3.0.1
    flow "django-descope 3.0.1" "" "$scratch/django/bin/python" sdks/django/flow.py
    # What Next.js compiles pages with is not needed to run a middleware.
    packages nextjs --omit=optional @descope/nextjs-sdk@0.15.71 next@16.4.6 react@19 react-dom@19
    flow "nextjs-sdk 0.15.71" "" node "$folder/nextjs.mjs"
}

# SDKs of browsers where they live: in a page of another origin, by the browser's own rules.
page_sdks() {
    packages page @descope/web-js-sdk@1.53.0 @descope/react-sdk@3.3.1 react@19 react-dom@19 esbuild@0.25 playwright-core@1.65.1
    CHROMIUM=$(command -v chromium)
    export CHROMIUM
    jobs=2 # each is a browser
    flow "web-js in Chromium" sdks/core-js/deviations.toml node "$folder/browser.mjs" --flow
    hostile "web-js in Chromium" sdks/core-js/deviations.toml "$scratch/part.json" "$in_page" node "$folder/browser.mjs"
    "$folder/node_modules/.bin/esbuild" "$folder/page.mjs" --bundle --format=iife --log-level=error \
        '--define:process.env.NODE_ENV="production"' --outfile="$folder/page.js"
    PAGE_SCRIPT=$folder/page.js
    export PAGE_SCRIPT
    flow "react-sdk 3.3.1 in Chromium" sdks/core-js/deviations.toml node "$folder/browser.mjs" --flow
    hostile "react-sdk 3.3.1 in Chromium" sdks/core-js/deviations.toml "$scratch/part.json" \
        "--case errors::wrong-code --case wire::redirect-of-a-session" node "$folder/browser.mjs"
}

lanes=
if python3 -c "import ensurepip, venv" 2>/dev/null; then
    lanes="$lanes python_sdks"
else
    missing python "python3 with venv (Debian: apt-get install python3-venv)"
fi
if command -v node >/dev/null && command -v npm >/dev/null; then
    lanes="$lanes node_sdks core_sdks"
else
    missing node "node with npm"
fi
case $lanes in *python*node*) lanes="$lanes framework_sdks" ;; esac
if [ -n "${CI:-}" ] && ! command -v chromium >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
if command -v chromium >/dev/null && command -v npm >/dev/null; then
    lanes="$lanes page_sdks"
else
    missing chromium "chromium with npm (Debian: apt-get install chromium)"
fi

for lane in $lanes; do
    "$lane" >"$scratch/$lane.log" 2>&1 &
    running="$running $!"
done
status=0
for lane in $lanes; do
    # shellcheck disable=SC2086
    set -- "${1:-}" $running
    wait "$2" || { status=1 && echo "$lane: failed" >>"$scratch/$lane.log"; }
    running=${running# "$2"}
    cat "$scratch/$lane.log"
done
[ "$status" = 0 ] || exit 1

# The tables hold every SDK or none: with one of them skipped there is nothing to compare.
case $lanes in
*python*node*)
    python3 sdks/table.py python="$scratch/python.json" node="$scratch/node.json" core-js-sdk="$scratch/core-js-sdk.json" \
        web-js-sdk="$scratch/web-js-sdk.json" >"$scratch/sdks.md"
    if [ "$1" = --write ]; then
        cp "$scratch/sdks.md" docs/measurements/sdks.md
    elif ! diff -u docs/measurements/sdks.md "$scratch/sdks.md"; then
        echo "sdks: the SDKs do otherwise than docs/measurements/sdks.md says; look at the difference, then run .ci/sdks.sh --write" >&2
        exit 1
    fi
    echo "--- suites against legitimate servers of other kinds"
    python3 sdks/variants.py --sample 8 --check docs/measurements/variants.md "$binary" \
        "python 2.16.1=$scratch/python-2.16.1/bin/python sdks/python/flow.py" "node 2.13.0=node $scratch/node-2.13.0/flow.mjs"
    ;;
esac
