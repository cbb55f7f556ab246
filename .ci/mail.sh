#!/bin/sh
# Mail from end to end, by parts that are not ours: the emulator mails to aiosmtpd, which hands on by Python's smtplib to our
# listener, and the codes verify.
set -eu
cd "$(dirname "$0")/.."

binary=${1:?write the path of the binary}
if ! python3 -c "import ensurepip, venv" 2>/dev/null; then
    echo "mail: skipped, there is no python3 with venv (Debian: apt-get install python3-venv)" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6
"$scratch/venv/bin/python" .ci/mail.py "$binary"
