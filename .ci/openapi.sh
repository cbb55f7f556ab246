#!/bin/sh
# Is schema/openapi.json a valid OpenAPI 3.1 document, and is every file it leads to a JSON Schema?
# A second opinion beside our own tests: a validator from PyPI, in a scratch environment that is removed again.
set -eu
cd "$(dirname "$0")/.."

# A machine without Python may skip this; a CI run may not.
if ! python3 -c "import ensurepip, venv" 2>/dev/null; then
    echo "openapi: skipped, there is no python3 with venv (Debian: apt-get install python3-venv)" >&2
    [ -z "${CI:-}" ]
    exit
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0

"$scratch/venv/bin/openapi-spec-validator" schema/openapi.json
"$scratch/venv/bin/python" - <<'PYTHON'
import json, pathlib
from jsonschema import Draft202012Validator, FormatChecker

# The validator above skips the files that only our own x- members, or none, refer to.
files = [file for file in sorted(pathlib.Path("schema").rglob("*.json")) if file.name != "openapi.json"]
for file in files:
    # Patterns are of ECMA-262, so that Python's idea of a regular expression does not count.
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")), format_checker=FormatChecker([]))
print(f"schema: {len(files)} JSON Schema files: OK")
PYTHON
