#!/bin/sh
# Fetches the schemas that generation is measured against into target/schemas: the official JSON Schema
# Test Suite (from the source distribution of PyPI's `jsonschema`), the schemas that PyPI's `check-jsonschema`
# vendors, and those of npm's `@octokit/webhooks-schemas`. Nothing of it is committed.
set -eu
cd "$(dirname "$0")/.."
into=target/schemas
[ -f "$into/complete" ] && exit 0
rm -rf "$into"
mkdir -p "$into/suite" "$into/ci" "$into/webhooks"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary jsonschema \
    --dest "$scratch" 'jsonschema==4.26.0'
tar xzf "$scratch"/jsonschema-*.tar.gz -C "$scratch"
cp -R "$scratch"/jsonschema-*/json/tests "$scratch"/jsonschema-*/json/remotes "$into/suite/"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$scratch" 'check-jsonschema==0.39.0'
python3 -m zipfile -e "$scratch"/check_jsonschema-*.whl "$scratch/ci"
cp "$scratch"/ci/check_jsonschema/builtin_schemas/vendor/*.json "$into/ci/"

(cd "$scratch" && npm pack --silent '@octokit/webhooks-schemas@7.6.1' >/dev/null)
tar xzf "$scratch"/octokit-webhooks-schemas-*.tgz -C "$scratch"
cp "$scratch/package/schema.json" "$into/webhooks/"
touch "$into/complete"
