#!/usr/bin/env bash
# The pages of the program in the distribution's Chromium: the report of `--html`, and the emulator's page. Tools come from
# npm into a scratch folder that is removed again; pages are opened from files and from loopback.
#
#   .ci/browser.sh            test
#   .ci/browser.sh --write    and take the pictures in docs/images/ anew
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${OTP_CONFORMANCE:-${CARGO_TARGET_DIR:-target}/release/otp-conformance}
binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
while IFS= read -r name; do unset "$name"; done < <(compgen -e OTP_)

# A machine without a browser may skip this; a CI run installs it.
if ! command -v chromium >/dev/null; then
    if [ -z "${CI:-}" ]; then
        echo "browser: skipped, there is no chromium (Debian: apt-get install chromium)" >&2
        exit 0
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
CHROMIUM=$(command -v chromium)
export CHROMIUM

# Thirty bugs at once, and an earlier run of the same server with a few of them and one more.
bugs=(
    last-two-codes-valid never-consumed sign-in-voids-nothing send-voids-the-user-before
    initiation-voids-generated limited-send-voids resend-limit-ignored another-users-code-accepted
    master-code-left-in unknown-user-verified expired-codes-accepted expired-has-other-code
    codes-live-half-a-minute no-attempt-limit lockout-has-other-code wrong-guess-consumes
    wrong-code-reveals-the-right code-null-accepted sign-up-of-registered-passes sign-up-error-is-generic
    sign-in-creates-users sign-in-error-is-generic sign-in-forks-the-user fresh-id-at-each-login
    unknown-name-accepted stored-phone-ignored message-goes-to-the-caller-before generated-needs-initiation
    unparseable-is-just-invalid escapes-not-decoded
)
faults() {
    local bug
    for bug in "$@"; do printf -- '--fault\n%s\n' "$bug"; done
}
record() {
    local file=$1 status=0 flags
    shift
    mapfile -t flags < <(faults "$@")
    "$binary" run --seed 7 "${flags[@]}" --record "$file" >/dev/null || status=$?
    [ "$status" = 1 ] || { echo "browser: a run with bugs ended in $status" >&2; return 1; }
}
record "$scratch/new.ndjson" "${bugs[@]}"
record "$scratch/old.ndjson" "${bugs[@]:0:20}"
"$binary" report "$scratch/new.ndjson" --html "$scratch/report.html"
"$binary" report "$scratch/new.ndjson" --against "$scratch/old.ndjson" --html "$scratch/against.html"

cp tests/browser/* "$scratch/"
cd "$scratch"
npm install --silent --no-audit --no-fund
[ "${1:-}" != --write ] || export PICTURES=$scratch
REPORT=$scratch/report.html AGAINST=$scratch/against.html BINARY=$binary node --test ./*.test.mjs
if [ "${1:-}" = --write ]; then
    mkdir -p "$OLDPWD/docs/images"
    for picture in report-1400-light inbox-1400-light; do
        cp "$picture.png" "$OLDPWD/docs/images/"
    done
fi
