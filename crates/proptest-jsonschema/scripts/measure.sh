#!/bin/sh
# Measures generation on all fetched schemas and writes the result into docs/measured.md.
set -eu
cd "$(dirname "$0")/.."
scripts/fetch-schemas.sh
GENERATION_TABLE=write cargo test --release --test json_schema_suite the_table_in_the_documentation
