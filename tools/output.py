#!/usr/bin/env python3
"""How much a run prints: lines and columns of its last screen, and bytes of its page, where nothing, two and thirty things
are broken. Ends in 1 where one of them is beyond its aim. Standard library only.

    tools/output.py BINARY
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, PAGE = 120, 300_000
AIMS = {0: 12, 2: 40, 30: 150}
# Two that break one requirement each, two that break several, and one that breaks many beside another.
PAIRS = [
    ["never-consumed", "code-null-accepted"],
    ["never-consumed", "last-two-codes-valid"],
    ["errors-are-html", "no-attempt-limit"],
]


def thirty() -> list[str]:
    """The faults of the page that the browser looks at."""
    script = (ROOT / ".ci/browser.sh").read_text()
    return re.search(r"^bugs=\((.*?)\)", script, re.S | re.M)[1].split()


def measure(binary: str, faults: list[str]) -> tuple[int, int, int]:
    flags = [word for fault in faults for word in ("--fault", fault)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTP_")}
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "page.html"
        command = [binary, "run", "--seed", "7", *flags, "--html", str(page)]
        done = subprocess.run(command, env=environment, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if done.returncode != (1 if faults else 0):
            sys.exit(f"a run with {len(faults)} faults ended in {done.returncode}:\n{done.stdout.decode()}")
        lines = done.stdout.decode().splitlines()
        return len(lines), max(map(len, lines)), page.stat().st_size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    binary = str(Path(parser.parse_args().binary).resolve())
    runs = [[], *PAIRS, thirty()]
    beyond = 0
    print("| faults | lines, aim | lines | widest, aim | widest | page, aim | page |\n|---|---|---|---|---|---|---|")
    for names in runs:
        number = len(names)
        lines, columns, page = measure(binary, names)
        beyond += lines > AIMS[number] or columns > COLUMNS or page > PAGE
        print(f"| {number} | {AIMS[number]} | {lines} | {COLUMNS} | {columns} | {PAGE // 1000} kB | {page // 1000} kB |", flush=True)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
