#!/usr/bin/env python3
"""Hunts mutants of the emulator by the conformance suite alone, and writes docs/measurements/mutants.md.

tools/mutants.py --shard 0/64     a sixty-fourth part, ten minutes on two idle cores
tools/mutants.py                  all of them, a working day

Needs cargo-mutants 27 (`cargo install cargo-mutants --locked`). Ends in 1 if a mutant lived that
docs/measurements/proof/mutants.toml gives no reason for.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
REASONS = ROOT / "docs/measurements/proof/mutants.toml"
PAGE = ROOT / "docs/measurements/mutants.md"
HEAD = """\
# Mutants

The faults of the catalogue were thought of by people who knew the suite. Mutants were not thought of:
[cargo-mutants](https://mutants.rs) changes the embedded emulator an operator or a function body at a time, and the
conformance suite alone, without any unit test and with `--strict`, is asked whether it still is the server of the
contract.

```
{command}
```

writes this page. `.cargo/mutants.toml` says what is left out: the switches of faults and variants, and the endpoints
that are the emulator's own, which no suite asks for.

| tried | convicted | lived | never answered | do not compile |
|---|---|---|---|---|
| {tried} of {all} | {caught} | {missed} | {timeout} | {unviable} |

"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shard", metavar="K/N", help="the K-th of N parts, counted from 0")
    args = parser.parse_args()
    reasons = {one["name"]: one for one in tomllib.loads(REASONS.read_text()).get("mutant", [])}
    with tempfile.TemporaryDirectory() as out:
        done = hunt(args.shard, out)
        count = len(json.loads((pathlib.Path(out) / "all.json").read_text()))
    lived = sorted(plain(one) for one in done if one["summary"] == "MissedMutant")
    PAGE.write_text(page(args.shard, done, count, lived, reasons))
    unknown = [name for name in lived if name not in reasons]
    for name in unknown:
        print(f"lived, and {REASONS.relative_to(ROOT)} has no reason: {name}", file=sys.stderr)
    return 1 if unknown else 0


def hunt(shard, out):
    """The outcomes of the mutants of a shard."""
    base = ["cargo", "mutants", "--baseline", "skip", "--timeout", "300"]
    listed = subprocess.run(["cargo", "mutants", "--list", "--json"], cwd=ROOT, check=True, capture_output=True)
    (pathlib.Path(out) / "all.json").write_bytes(listed.stdout)
    part = ["--shard", shard, "--sharding", "round-robin"] if shard else []
    settings = {"OTP_SEED": "7", "OTP_CASES": "16", "OTP_STRICT": "true"}
    # A broken SHOULD counts as convicted. What cargo mutants ends in only says that some lived.
    subprocess.run([*base, *part, "--output", out], cwd=ROOT, env={**os.environ, **settings})
    outcomes = json.loads((pathlib.Path(out) / "mutants.out/outcomes.json").read_text())["outcomes"]
    return [one for one in outcomes if one["scenario"] != "Baseline"]


def plain(outcome):
    """The name of a mutant without its line, which changes with every edit above it."""
    mutant = outcome["scenario"]["Mutant"]
    return f"{mutant['file']}: {mutant['name'].split(': ', 1)[1]}"


def page(shard, done, count, lived, reasons):
    of = lambda summary: sum(one["summary"] == summary for one in done)
    caught, missed, timeout = of("CaughtMutant"), len(lived), of("Timeout")
    text = HEAD.format(
        command="tools/mutants.py" + (f" --shard {shard}" if shard else ""),
        tried=len(done), all=count, caught=caught, missed=missed, timeout=timeout, unviable=of("Unviable"),
    )
    seen = [name for name in lived if reasons.get(name, {}).get("kind") != "equivalent"]
    judged = caught + timeout + len(seen)
    text += f"Of {judged} that can be told from the emulator, {caught + timeout} were: {percent(caught + timeout, judged)}.\n"
    if lived:
        text += "\n| lived | | why |\n|---|---|---|\n"
    for name in lived:
        reason = reasons.get(name, {"kind": "missed", "reason": "not looked at yet"})
        text += f"| `{name.replace('|', chr(92) + '|')}` | {reason['kind']} | {reason['reason']} |\n"
    return text


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "none"


if __name__ == "__main__":
    sys.exit(main())
